const raised: Record<string, string> = { "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹" };

/** 10ⁿ for an integer n. */
export const power = (exponent: number) => `10${[...String(exponent)].map((c) => raised[c]).join("")}`;

/** A number as one reads it: 0.0123, 1.23 × 10⁻⁶, ∞. */
export function format(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const [mantissa = "0", exponent = "0"] = value.toExponential(digits - 1).split("e");
  const text =
    value === 0 ? "0"
    : Math.abs(Number(exponent)) < 4 ? String(Number(value.toPrecision(digits)))
    : Number(mantissa) === 1 ? power(Number(exponent))
    : `${Number(mantissa)} × ${power(Number(exponent))}`;
  return text.replace(/^-/, "−");
}
