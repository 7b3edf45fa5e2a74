import type { Core } from "../core/types";
import { defaults } from "../defaults";
import { html } from "../dom";
import { toLink } from "../link";
import type { State } from "../state";
import type { Actions, MakePart } from "../view";
import { csv } from "./csv";
import { netcdf } from "./netcdf";
import { python } from "./python";
import { svg } from "./svg";
import { type Taken, title } from "./taken";
import { toml } from "./toml";

/** Buttons to copy the state and to download its numbers and its picture. In a page of others there is no link. */
export function takeAlong(core: Core, embedded: boolean): MakePart {
  return (root, actions) => {
    let version = "";
    core.version().then((text) => (version = text), () => undefined); // the page says why there is none
    let solved: Pick<Taken, "state" | "problem" | "solution"> | null = null; // the last solution, with what it is of
    let present: State = defaults;
    const taken = (): Taken | null =>
      solved && { ...solved, version, link: embedded ? "" : `${location.href.split("#")[0]}#${toLink(present)}` };
    const dialog = makeDialog(actions);
    const button = (label: string, act: (taken: Taken) => void) =>
      html("button", {
        type: "button",
        disabled: true,
        click() {
          const along = taken();
          if (along) act(along);
        },
      }, label);
    const buttons = [
      button("Copy as Python", (taken) => dialog.show("Python", python(taken))),
      button("Copy as TOML", (taken) => dialog.show("TOML", toml(taken))),
      ...(embedded ? [] : [button("Copy link", (taken) => dialog.show("Link", taken.link))]),
      button("Download CSV", (taken) => download("linnet.csv", csv(taken), "text/csv", actions)),
      button("Download NetCDF", (taken) => download("linnet.nc", netcdf(taken), "application/x-netcdf", actions)),
      button("Download SVG", (taken) => {
        const picture = root.closest(".linnet")?.querySelector<SVGSVGElement>(".curves svg");
        if (picture) download("linnet.svg", svg(picture, title(taken)), "image/svg+xml", actions);
      }),
    ];
    root.append(...buttons, dialog.element);
    return {
      update({ state, problem, solution }) {
        present = state;
        if (solution !== null && solution !== solved?.solution) solved = { state, problem, solution };
        for (const one of buttons) one.disabled = solved === null;
      },
    };
  };
}

function download(name: string, content: string | Uint8Array<ArrayBuffer>, type: string, actions: Actions): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  html("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // the browser may still read it
  actions.announce(`${name} downloaded.`);
}

/** Shows a text that goes to the clipboard, so that it can be copied by hand where the browser refuses. */
function makeDialog(actions: Actions): { element: HTMLDialogElement; show(name: string, text: string): void } {
  const heading = html("h2", { id: "take-heading" });
  const text = html("textarea", { readonly: true, spellcheck: "false", "aria-labelledby": heading.id });
  const status = html("p");
  const element: HTMLDialogElement = html("dialog", { class: "take-dialog", "aria-labelledby": heading.id },
    heading, text, status, html("button", { type: "button", click: () => element.close() }, "Close"));
  return {
    element,
    show(name, content) {
      heading.textContent = name;
      text.value = content;
      status.textContent = "";
      element.showModal();
      text.focus();
      text.select();
      const tell = (message: string) => {
        status.textContent = message;
        actions.announce(message);
      };
      if (!navigator.clipboard) return tell("Select the text and copy it: this browser gives no access to the clipboard here.");
      navigator.clipboard.writeText(content).then(
        () => tell(`${name} copied to the clipboard.`),
        () => tell("Select the text and copy it: the browser refused the clipboard."),
      );
    },
  };
}
