import { mount } from "./app";
import { connect } from "./core/client";
import { fromLink, toLink } from "./link";
import type { State } from "./state";

const core = connect();
const { state, problems } = fromLink(location.hash);
const explorer = mount(document.getElementById("explorer")!, { core, state, onState: writeLink });
explorer.say(problems.join(" "));

/** The link follows the state. A new task or lesson can be taken back by the browser's button. */
function writeLink(state: State): void {
  const link = toLink(state);
  if (link === location.hash.slice(1)) return;
  const { task, lesson } = fromLink(location.hash).state;
  const how = task === state.task && lesson === state.lesson ? "replaceState" : "pushState";
  history[how](null, "", link ? `#${link}` : location.pathname + location.search);
}

addEventListener("hashchange", () => {
  const { state, problems } = fromLink(location.hash);
  explorer.setState(state);
  explorer.say(problems.join(" "));
});

declare global {
  interface Window {
    linnet: { version: Promise<string>; state(): State };
  }
}
window.linnet = { version: core.version(), state: explorer.state };
