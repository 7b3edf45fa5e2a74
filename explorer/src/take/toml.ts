import type { Start } from "../core/types";
import { list, rows } from "./text";
import { coneOrder, conventions, isReversed, scales, type Taken, title } from "./taken";

/** A configuration for `linnet run FILE.toml --out FILE.nc`. Its comments say where it is not what the page shows. */
export function toml(taken: Taken): string {
  const { problem, solution, link, version } = taken;
  const { task } = problem;
  const notes: string[] = [];
  const network = task.kind === "neuron" ? neuron(task.angle, problem.start) : networkOf(taken, notes);
  const grid = gridOf(taken);
  const { exact } = network;
  const record = ["mode_strengths", "cost"];
  if (solution.testError) record.push("test_error");
  if (solution.kernelDistance && problem.start.depth === 2) record.push("kernel_distance");
  if (task.kind === "neuron") record.push("neuron_weights");
  if (isReversed(taken))
    notes.push(
      "The network learns Y first, until t_end, where the page has learned it for ever; then -Y. Its time goes on from t_end.",
    );
  const comments = [
    `${title(taken)}.`,
    `From the explorer of linnet ${version}${link ? `: ${link}` : ""}`,
    ...conventions(taken),
    ...notes,
  ];
  return `${comments.map((line) => `# ${line}`).join("\n")}

[task]
${taskOf(taken)}

[network]
${network.text}

[solver]
kind = "${exact ? "exact" : "flow"}"
t_end = ${grid.last}${exact ? "" : "\nrtol = 1e-11\natol = 1e-15"}

[record]
observables = ${JSON.stringify(record)}
schedule = "logarithmic"
first = ${grid.first}
count = ${grid.count}
`;
}

/** The times of the page. Of a reversal the same and further ones, until what comes first is learned. */
function gridOf(taken: Taken): { first: number; last: number; count: number } {
  const { times } = taken.solution;
  const [first, last, count] = [times[0]!, times[times.length - 1]!, times.length];
  if (!isReversed(taken)) return { first, last, count };
  const ratio = (last / first) ** (1 / (count - 1));
  const more = Math.ceil(Math.log(100) / Math.log(ratio));
  return { first, last: last * ratio ** more, count: count + more };
}

function taskOf({ problem: { task } }: Taken): string {
  switch (task.kind) {
    case "neuron":
      return `kind = "coefficients"\ncoefficients = [1, 0]  # β*`;
    case "noise":
      return `kind = "low_rank_plus_noise"\ndim = ${task.dim}\nrank = ${task.rank}\nnoise = ${task.noise}\nseed = ${task.seed}`;
    case "target":
      return [
        `kind = "target"`,
        `file = ${rows(task.target)}  # Y, outputs x inputs`,
        ...(task.signal ? [`signal = ${rows(task.signal)}`] : []),
        ...(task.reversed ? [`then = ["reversed"]`] : []),
      ].join("\n");
  }
}

/** A section [network], and whether a configuration has its closed form. */
interface Network {
  text: string;
  exact: boolean;
}

function neuron(angle: number, start: Start): Network {
  const beta = [start.scale * Math.cos(angle), start.scale * Math.sin(angle)];
  return { text: `kind = "neuron"\ncoefficients = ${list(beta)}  # β(0)\ndelta = ${start.balance}`, exact: true };
}

function networkOf(taken: Taken, notes: string[]): Network {
  const { start } = taken.problem;
  const { depth, neurons, seed, scale, balance } = start;
  const [a, b] = scales(balance, scale);
  const layers = <T>(first: T, between: T, last: T): T[] => [first, ...Array<T>(depth - 2).fill(between), last];
  if (start.width === "given") return given(taken, notes);
  if (start.width === "infinite" && depth === 2)
    return { text: `kind = "infinite_width"\nscale = ${list([a, b])}  # C_1 = aI, C_2 = bI; b - a = ${balance}`, exact: true };
  if (start.width === "infinite" && depth > 2) {
    const s = layers(Math.sqrt(a), Math.sqrt(scale), Math.sqrt(b));
    return { text: `kind = "infinite_width"\ndepth = ${depth}\nscales = ${list(s)}  # s_l = σ_l√w`, exact: true };
  }
  if (start.width === "gaussian") {
    const variance = list(layers(a / neurons, scale / neurons, b / neurons));
    const kind = depth === 2 ? `kind = "gaussian"` : `kind = "deep"\ndepth = ${depth}`;
    const order = coneOrder(taken) === null ? "" : `\norder = ${coneOrder(taken)}`;
    return { text: `${kind}\nwidth = ${neurons}\nvariance = ${variance}\nseed = ${seed}${order}`, exact: taken.solution.exact };
  }
  if (start.width === "balanced" && depth === 2)
    return {
      text: `kind = "balanced"\nwidth = ${neurons}\nbalance = ${balance}\nstart = "semi_orthogonal"\nstart_size = ${scale}\nseed = ${seed}`,
      exact: true,
    };
  const alone = balance === 0 || depth === 1;
  notes.push("The page has each mode in closed form; this integrates all of them at once.");
  return {
    text: [
      `kind = "deep"`,
      `depth = ${depth}`,
      alone
        ? `initialization = "balanced"\nstate = "balanced"  # by A alone`
        : `initialization = "unbalanced"\nunbalanced = "last"\nbalance = ${balance}\nwidth = ${taken.solution.target.length}`,
      `start = "aligned"`,
      `start_size = ${scale}`,
    ].join("\n"),
    exact: false,
  };
}

function given({ problem: { start }, solution }: Taken, notes: string[]): Network {
  const { weights, gram } = start;
  if (weights?.length === 2)
    return { text: `kind = "weights"\nw1 = ${rows(weights[0]!)}\nw2 = ${rows(weights[1]!)}`, exact: solution.exact };
  if (weights)
    return {
      text: `kind = "deep"\ninitialization = "weights"\nweights = [${weights.map(rows).join(", ")}]`,
      exact: false,
    };
  const inputs = solution.inputs;
  const mean = (from: number, to: number) =>
    gram!.slice(from, to).reduce((sum, row, i) => sum + row[from + i]!, 0) / (to - from);
  notes.push(
    "A configuration has no Gram state of one's own. This is the nearest, an infinitely wide network whose C_1 and C_2",
    "have the same mean on the diagonal, and A(0) = 0. The copied Python has the state itself.",
  );
  return { text: `kind = "infinite_width"\nscale = ${list([mean(0, inputs), mean(inputs, gram!.length)])}`, exact: true };
}
