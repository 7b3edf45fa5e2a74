import type { View } from "./view";

/** Modes with a colour of their own: those of Okabe and Ito, which the colour-blind can tell apart. They are variables
 *  of style.css, for the light and the dark page. */
export const palette = 8;

/** How many modes have a colour: those of the signal if there is one. The others are the bulk, in grey. */
export function colored({ problem, solution }: Pick<View, "problem" | "solution">): number {
  const most = problem.task.kind === "noise" ? problem.task.rank : palette;
  return Math.min(most, palette, solution?.target.length ?? palette);
}

export function modeColor(mode: number, view: Pick<View, "problem" | "solution">): string {
  return mode < colored(view) ? `var(--mode-${mode})` : "var(--bulk)";
}

export const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;

export type Rgb = [number, number, number];

function ramp(stops: string[]): (position: number) => Rgb {
  const colors = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)) as Rgb);
  return (position) => {
    const place = Math.min(Math.max(position, 0), 1) * (colors.length - 1);
    const below = Math.min(Math.floor(place), colors.length - 2);
    return colors[below].map((low, i) => low + (place - below) * (colors[below + 1][i] - low)) as Rgb;
  };
}

/** Viridis, for maps of values in [0, 1]. */
export const sequential = ramp([
  "#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725",
]);

const onLight = ramp(["#0b4a8f", "#4f93c6", "#b5d3e7", "#ffffff", "#f6c9a0", "#db7f35", "#8f3f05"]);
const onDark = ramp(["#8cc6f5", "#3f85bb", "#264b68", "#1a1c20", "#6b431f", "#c07632", "#ffc38a"]);

/** Blue below 0, orange above it, for entries of matrices in [−1, 1]; 0 has the colour of the page. */
export const diverging = (value: number, onDarkPage = dark()): Rgb => (onDarkPage ? onDark : onLight)((value + 1) / 2);

export const css = ([red, green, blue]: Rgb) => `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
