import { html } from "../dom";
import { lessons as all } from "../lessons";
import { toLink } from "../link";
import type { State } from "../state";
import type { Actions, MakePart } from "../view";

/** A link that can be copied and opened elsewhere; a plain click changes the state in place, in notebooks too. */
function link(label: string, state: State, actions: Actions): HTMLAnchorElement {
  const click = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    actions.change(state);
  };
  return html("a", { href: `#${toLink(state)}`, click }, label);
}

/** The stories of the four papers. */
export const lessons: MakePart = (root, actions) => {
  const items = all.map(({ title, paper, start, text, compare }) =>
    html(
      "li",
      {},
      link(title, start, actions),
      " ",
      html("small", {}, paper),
      html("p", {}, text),
      html("ul", {}, ...compare.map(({ label, state, text }) => html("li", {}, link(label, state, actions), `: ${text}`))),
    ),
  );
  root.classList.add("lessons");
  root.append(html("ol", {}, ...items));
  return {
    update({ state }) {
      items.forEach((item, k) => {
        const current = state.lesson === k + 1;
        item.classList.toggle("current", current);
        if (current) item.querySelector("a")!.setAttribute("aria-current", "true");
        else item.querySelector("a")!.removeAttribute("aria-current");
      });
    },
  };
};
