import { outside, type Range } from "./defaults";
import { html } from "./dom";

/** A control with its label, and a sentence below it where its value is wrong. */
export interface Field {
  root: HTMLElement;
  input: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
  /** Shows a value, except to those who are typing. */
  show(value: string | number): void;
  complain(sentence: string): void;
  /** `why` it has no effect at present; empty: it has. */
  disable(why: string): void;
}

function field(label: string, input: Field["input"]): Field {
  const wrong = html("span", { class: "wrong", role: "alert" });
  const root = html("div", { class: "field" }, html("label", {}, html("span", { class: "name" }, label), input), wrong);
  return {
    root,
    input,
    show(value) {
      const text = typeof value === "number" ? numeral(value) : value;
      if (!input.matches(":focus") && input.value !== text) input.value = text;
    },
    complain(sentence) {
      if (wrong.textContent !== sentence) wrong.textContent = sentence;
      input.setAttribute("aria-invalid", String(sentence !== ""));
    },
    disable(why) {
      input.disabled = why !== "";
      root.title = why;
    },
  };
}

/** All digits of a number, as one types them. */
const numeral = (value: number) => (value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value));

export function numberField(label: string, range: Range, change: (value: number) => void): Field {
  const input = range.whole
    ? html("input", { type: "number", min: range.least, max: range.most, step: 1 })
    : html("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
  const made = field(label, input);
  input.addEventListener("input", () => {
    const value = input.value.trim() === "" ? NaN : Number(input.value.replace("−", "-"));
    const why = outside(range, value);
    made.complain(why && `${label}: ${why}, got “${input.value}”.`);
    if (!why) change(value);
  });
  // What could not be taken goes, with its complaint, when one leaves the field.
  input.addEventListener("blur", () => made.complain(""));
  return made;
}

export function choiceField(label: string, choices: [string, string][], change: (value: string) => void): Field {
  const options = choices.map(([value, text]) => html("option", { value }, text));
  const input = html("select", { change: () => change(input.value) }, ...options);
  return { ...field(label, input), show: (value) => (input.value = String(value)) };
}

export function textField(label: string, change: (value: string) => void): Field {
  const input = html("textarea", { rows: 7, spellcheck: "false", autocomplete: "off", input: () => change(input.value) });
  return field(label, input);
}
