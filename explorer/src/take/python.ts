import type { Start, Task } from "../core/types";
import { rows } from "./text";
import { coneOrder, isReversed, type Taken, title } from "./taken";

/** A complete program with the package linnet: the task, the start, the flow, and the arrays that the page shows. */
export function python(taken: Taken): string {
  const { problem, solution } = taken;
  const source = taken.link && !taken.link.startsWith("file:") ? `\n\n${inText(taken.link)}\n` : "";
  const parts = [
    `"""${title(taken)}.\n\nFrom the explorer of linnet ${taken.version}.${source}"""`,
    `import numpy as np\n\nimport linnet`,
    taskOf(problem.task),
    `times = ${times(solution.times)}`,
    dynamics(taken),
    ending(taken),
    ...(solution.warning ? [solution.warning.split("\n").map((line) => `# ${line}`).join("\n")] : []),
  ];
  return parts.join("\n\n") + "\n";
}

/** An address as it may stand in a text of Python: nothing in it ends the text or begins an escape. */
const inText = (link: string) => link.replace(/["\\\s]/g, encodeURIComponent);

function times(t: Float64Array): string {
  return `np.geomspace(${t[0]}, ${t[t.length - 1]}, ${t.length})`;
}

function taskOf(task: Task): string {
  switch (task.kind) {
    case "neuron":
      return `task = linnet.tasks.target([[1.0, 0.0]])  # β*, one output of two inputs`;
    case "noise":
      return `task = linnet.tasks.low_rank_plus_noise(dim=${task.dim}, rank=${task.rank}, noise=${task.noise}, seed=${task.seed})`;
    case "target": {
      const signal = task.signal ? `signal = np.array(${rows(task.signal)})  # A*, what the test error compares with\n` : "";
      const made = `target = np.array(${rows(task.target)})  # Y, outputs x inputs
${signal}task = linnet.tasks.target(target${task.signal ? ", signal" : ""})`;
      return task.reversed ? `${made}\nlearned, task = task, linnet.tasks.reversed(task)  # the network has learned Y, and now learns -Y` : made;
    }
  }
}

/** a and b, or s_l, of c and λ: κ ∓ |λ|/2 without cancellation. */
function scales(start: Start): string {
  const negative = start.balance < 0;
  return [
    `balance, c = ${start.balance}, ${start.scale}  # λ = b − a and c² = ab`,
    `kappa = np.hypot(balance / 2, c)  # a mode is lazy below it, active above`,
    negative ? `a = kappa - balance / 2  # C_1 = aI at A = 0` : `b = kappa + balance / 2  # C_2 = bI at A = 0`,
    negative ? `b = c * (c / a)  # C_2 = bI` : `a = c * (c / b)  # C_1 = aI`,
  ].join("\n");
}

function dynamics(taken: Taken): string {
  const { task, start } = taken.problem;
  if (task.kind === "neuron") return neuron(task.angle, start);
  if (start.width === "given") return given(taken);
  if (start.width === "gaussian") return gaussian(taken);
  if (start.depth === 2) return start.width === "infinite" ? infinite(taken) : balanced(taken);
  return start.width === "infinite" && start.depth > 2 ? deepInfinite(taken) : modeByMode(taken);
}

function neuron(angle: number, start: Start): string {
  return `angle = ${angle}  # between w(0) and β*
start = linnet.neuron(coefficients=[${start.scale} * np.cos(angle), ${start.scale} * np.sin(angle)], balance=${start.balance})
flow = linnet.NeuronFlow(start, task)

modes = flow.coefficients(times)[:, :1]  # β along β*
loss = flow.cost(times)
kernel_distance = flow.kernel_distance(times)
w, a = flow.w(times), flow.a(times)`;
}

/** What the closed forms of two layers tell, and what is shown of it. */
function values(taken: Taken, loss: string): string {
  const { testError, kernelDistance, best } = taken.solution;
  return [
    isReversed(taken)
      ? "modes = -flow.modes(times)  # u_iᵀ A(t) v_i along the singular vectors of Y, from y_i to -y_i"
      : "modes = flow.modes(times)  # u_iᵀ A(t) v_i along the singular vectors of Y",
    `loss = ${loss}`,
    ...(testError ? ["test_error = flow.test_error(times)"] : []),
    ...(kernelDistance ? ["kernel_distance = flow.kernel_distance(times)"] : []),
    ...(best ? ["best = flow.best()  # the time of the least test error"] : []),
  ].join("\n");
}

const costOfMean = "task.shape[0] * task.shape[1] / 2 * flow.train_error(times)  # C(A) = ½‖A − Y‖²";

function infinite(taken: Taken): string {
  const start = isReversed(taken) ? ", start=-linnet.sample_spectrum(task).target" : "";
  return `${scales(taken.problem.start)}
flow = linnet.ModeFlow(task, scales=(a, b)${start})

${values(taken, costOfMean)}`;
}

function balanced(taken: Taken): string {
  const { start } = taken.problem;
  const { outputs, inputs } = taken.solution;
  const rank = Math.min(start.neurons, outputs, inputs);
  return `end_to_end = linnet.semi_orthogonal(task, rank=${rank}, scale=${start.scale}, seed=${start.seed})  # A(0)
start = linnet.balanced(end_to_end, width=${start.neurons}, balance=${start.balance}, seed=${start.seed})${
    isReversed(taken) ? "\nstart = linnet.ExactFlow(start, learned).network(np.inf)" : ""
  }
flow = linnet.ExactFlow(start, task)

${values(taken, "flow.cost(times)  # C(A) = ½‖A − Y‖²")}`;
}

function deepInfinite(taken: Taken): string {
  const { start } = taken.problem;
  const between = "np.sqrt(c), ".repeat(start.depth - 2);
  return `${scales(start)}
flow = linnet.WideFlow(task, depth=${start.depth}, scales=[np.sqrt(a), ${between}np.sqrt(b)]${start.depth > 4 ? ", tolerance=1e-4" : ""})

${values(taken, costOfMean)}`;
}

/** One layer, and deeper balanced networks along the singular vectors of Y: each mode alone. */
function modeByMode(taken: Taken): string {
  const { start } = taken.problem;
  const mode =
    start.balance === 0 || start.depth === 1
      ? `linnet.DeepMode(${start.depth}, ${start.scale}, y_i).at(times)`
      : `linnet.UnbalancedMode(${start.depth}, ${start.scale}, y_i, balance=${start.balance}, layer="last").at(times)`;
  const { testError, kernelDistance, best } = taken.solution;
  const lines = [
    `u, y, vt = np.linalg.svd(task.target, full_matrices=False)`,
    `modes = np.stack([${mode} for y_i in y], axis=1)  # u_iᵀ A(t) v_i, from ${start.scale} in each`,
    `loss = ((modes - y) ** 2).sum(axis=1) / 2  # C(A) = ½‖A − Y‖²`,
  ];
  if (testError) lines.push(`test_error = np.array([np.mean(((u * row) @ vt - task.signal) ** 2) for row in modes])`);
  if (best) lines.push(`best = linnet.ModeBest(times[test_error.argmin()], test_error.min())  # of these times`);
  if (kernelDistance && start.depth === 1) lines.push(`kernel_distance = np.zeros(len(times))  # the kernel of one layer is constant`);
  if (kernelDistance && start.depth > 1)
    lines.push(
      "",
      `def network(row):  # weights with these modes`,
      `    a = (u * row) @ vt`,
      `    return linnet.deep_unbalanced(a, depth=${start.depth}, width=len(y), balance=${start.balance}, layer="last")`,
      "",
      `first = network(np.full(len(y), ${start.scale}))`,
      `kernel_distance = np.array([linnet.kernel_distance(first, network(row)) for row in modes])`,
    );
  return lines.join("\n");
}

/** What there is a closed form for if the start satisfies the closure; else it is integrated. */
function flowOf(taken: Taken): string {
  const { exact, testError, kernelDistance, best } = taken.solution;
  if (exact) return `flow = linnet.ExactFlow(start, task)\n\n${values(taken, "flow.cost(times)  # C(A) = ½‖A − Y‖²")}`;
  const record = ["mode_strengths", "cost", ...(testError ? ["test_error"] : []), ...(kernelDistance ? ["kernel_distance"] : [])];
  return [
    `flow = linnet.GradientFlow(t_end=times[-1], rtol=1e-11, atol=1e-15)`,
    `run = linnet.train(start, task, flow, record=${JSON.stringify(record)}, schedule=linnet.at(times))`,
    `recorded = np.isin(run.time, times)  # t = 0 is there too`,
    ``,
    `modes = run["mode_strengths"][recorded]  # u_iᵀ A(t) v_i along the singular vectors of Y`,
    `loss = run["cost"][recorded]  # C(A) = ½‖A − Y‖²`,
    ...(testError ? [`test_error = run["test_error"][recorded]`] : []),
    ...(kernelDistance ? [`kernel_distance = run["kernel_distance"][recorded]`] : []),
    ...(best ? [`best = run.best  # the least test error of the integrator's steps`] : []),
  ].join("\n");
}

function gaussian(taken: Taken): string {
  const { start } = taken.problem;
  const { depth, neurons, seed } = start;
  const c = "c / width, ".repeat(Math.max(depth - 2, 0));
  const order = coneOrder(taken) === null ? "" : `, order=${coneOrder(taken)}`;
  const made =
    depth === 2
      ? `start = linnet.gaussian_gram(task, width=width, variance=(a / width, b / width), seed=${seed})`
      : `variance = [a / width, ${c}b / width]
start = linnet.gaussian_deep(task, depth=${depth}, width=width, variance=variance, seed=${seed}${order})`;
  return `${scales(start)}
width = ${neurons}
${made}
${flowOf(taken)}`;
}

function given(taken: Taken): string {
  const { weights, gram } = taken.problem.start;
  const { outputs, inputs } = taken.solution;
  const start = gram
    ? `gram = np.array(${rows(gram)})  # [[C_1, Aᵀ], [A, C_2]]
start = linnet.GramState.from_gram(gram, ${outputs}, ${inputs})`
    : `weights = [${(weights ?? []).map((w) => `np.array(${rows(w)})`).join(", ")}]  # W_1, …, W_L
start = linnet.DeepLinear(weights)`;
  return `${start}\n${flowOf(taken)}`;
}

function ending(taken: Taken): string {
  const best = taken.solution.best
    ? `\nprint(f"least test error {best.test_error:.6g} at t = {best.time:.6g}")`
    : "";
  return `print(f"loss {loss[0]:.6g} at t = {times[0]:.4g}, {loss[-1]:.6g} at t = {times[-1]:.4g}")
print("modes at the end", modes[-1].round(4))${best}
# A picture: import matplotlib.pyplot as plt; plt.semilogx(times, modes); plt.show()`;
}
