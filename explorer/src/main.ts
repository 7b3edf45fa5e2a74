import { mount } from "./app";
import { connect } from "./core/mock";
import { fromLink, toLink } from "./link";

const core = connect();
const { state, problems } = fromLink(location.hash);
const explorer = mount(document.getElementById("explorer")!, {
  core,
  state,
  onState(state) {
    const link = toLink(state);
    if (link !== location.hash.slice(1)) history.replaceState(null, "", `#${link}`);
  },
});
explorer.say(problems.join(" "));

addEventListener("hashchange", () => {
  const { state, problems } = fromLink(location.hash);
  explorer.setState(state);
  explorer.say(problems.join(" "));
});

declare global {
  interface Window {
    linnet: { version: Promise<string>; state(): ReturnType<typeof explorer.state> };
  }
}
window.linnet = { version: core.version(), state: explorer.state };
