import { defaults } from "./defaults";
import type { State } from "./state";

/** A story of one paper: where it starts, what to look at there, and what to compare it with. */
export interface Lesson {
  title: string;
  paper: string;
  start: State;
  text: string;
  compare: { label: string; state: State; text: string }[];
}

const noise: State = {
  ...defaults,
  lesson: 1,
  task: "noise",
  noise: { dim: 40, rank: 3, noise: 0.25, seed: 1 },
  scale: 4,
  map: "test",
};

const tree: State = { ...defaults, lesson: 2, scale: 1e-3 };

const saddles: State = { ...defaults, lesson: 3, width: "balanced", depth: 3, scale: 1e-5 };

const neuron: State = { ...defaults, lesson: 4, task: "neuron", angle: 75, scale: 0.1 };

export const lessons: Lesson[] = [
  {
    title: "Lazy and active at once",
    paper: "Tu, Aranguri & Jacot 2024",
    start: noise,
    text:
      "A few strong modes in noise, and κ between the two. Move the cursor: the modes of the signal cross κ, turn active and rush ahead; " +
      "the noise stays lazy. The test error has a best moment, before the noise is learned.",
    compare: [
      {
        label: "smaller scale",
        state: { ...noise, scale: 1e-3 },
        text: "everything turns active in turn: the best moment is better, and later.",
      },
      { label: "larger scale", state: { ...noise, scale: 10 }, text: "signal and noise come nearly together: it is worse, and earlier." },
    ],
  },
  {
    title: "From lazy to rich",
    paper: "Dominé et al. 2025",
    start: tree,
    text:
      "Small and balanced (λ = 0) is rich: each split of the tree has a sigmoid of its own, the root first, and W₁ᵀW₁ opens the same tree. " +
      "Turn λ away from 0: exponentials, all together.",
    compare: [
      { label: "λ = −10", state: { ...tree, balance: -10 }, text: "lazy: W₁ᵀW₁ stays near |λ|·1, where all items are equally far apart." },
      { label: "λ = 10", state: { ...tree, balance: 10 }, text: "lazy, too, but W₁ᵀW₁ ≈ AᵀA/λ has the tree, small." },
      {
        label: "8 neurons, λ = 10",
        state: { ...tree, width: "balanced", neurons: 8, balance: 10 },
        text: "delayed rich: the neurons reach 8 of the 10 dimensions of the outputs, and have to turn later.",
      },
    ],
  },
  {
    title: "Saddle to saddle",
    paper: "Jacot et al. 2021",
    start: saddles,
    text:
      "Three layers and a tiny start: the loss falls in stairs. On each plateau the network is near a saddle, where A has rank 0, 1, 2, …; " +
      "the dotted lines are the losses of the saddles that a greedy search for low rank visits.",
    compare: [
      { label: "depth 4", state: { ...saddles, depth: 4 }, text: "longer plateaus, sharper steps." },
      { label: "larger scale", state: { ...saddles, scale: 0.3 }, text: "no plateaus: the modes come together." },
    ],
  },
  {
    title: "Get rich quick",
    paper: "Kunin et al. 2024",
    start: neuron,
    text: "One neuron a·wᵀx lives on a² − |w|² = δ, and must turn towards β*. Balanced (δ = 0) it turns and grows at once, near the tip of the cone.",
    compare: [
      {
        label: "upstream, δ = 2",
        state: { ...neuron, balance: 2 },
        text: "w runs straight to β*, a hardly moves: lazy here, but in a ReLU network this turns the features fastest.",
      },
      {
        label: "downstream, δ = −2",
        state: { ...neuron, balance: -2 },
        text: "first a moves, and β only along its own direction; w turns late: delayed rich.",
      },
    ],
  },
];
