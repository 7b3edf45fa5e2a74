/** What decides how a part of a picture looks: what parts of it inherit, and what they do not, with its default. */
const inherited = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
  "visibility", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline", "paint-order",
];
const own: Record<string, string> = { opacity: "1", display: "inline" };
/** What is of the page alone. */
const interactive = ["style", "class", "role", "tabindex"];

/** A picture of the page as a file of its own: styles resolved, on the page's background. */
export function svg(picture: SVGSVGElement, title: string): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const shown = [picture, ...picture.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  copies.forEach((element, i) => {
    const style = getComputedStyle(shown[i]!);
    const around = i === 0 ? null : getComputedStyle(shown[i]!.parentElement!);
    for (const name of element.getAttributeNames())
      if (interactive.includes(name) || name.startsWith("aria-")) element.removeAttribute(name);
    for (const name of inherited) {
      const value = style.getPropertyValue(name);
      if (value !== around?.getPropertyValue(name)) element.setAttribute(name, value);
      else element.removeAttribute(name);
    }
    for (const [name, usual] of Object.entries(own)) {
      const value = style.getPropertyValue(name);
      if (value !== usual && i > 0) element.setAttribute(name, value);
    }
  });
  const { width, height } = picture.getBoundingClientRect();
  const box = picture.viewBox.baseVal;
  const [x, y, w, h] = box && box.width > 0 ? [box.x, box.y, box.width, box.height] : [0, 0, width, height];
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const ns = "http://www.w3.org/2000/svg";
  const background = document.createElementNS(ns, "rect");
  const attributes = { x, y, width: w, height: h, fill: getComputedStyle(picture).getPropertyValue("--page") };
  for (const [name, value] of Object.entries(attributes)) background.setAttribute(name, String(value));
  const name = document.createElementNS(ns, "title");
  name.textContent = title;
  copy.querySelector("title")?.remove();
  copy.prepend(name, background);
  return new XMLSerializer().serializeToString(copy);
}
