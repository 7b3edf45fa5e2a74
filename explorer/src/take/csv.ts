import { conventions, type Taken, title } from "./taken";

/** The columns of a solution by name, t = 0 first. */
export function columns({ solution, problem }: Taken): [string, ArrayLike<number>][] {
  const { start, modes, target } = solution;
  const n = target.length;
  const from = (first: number | null, rest: Float64Array) => Float64Array.of(first ?? NaN, ...rest);
  const strided = (first: Float64Array, rest: Float64Array, i: number, width: number) =>
    from(first[i]!, rest.filter((_, k) => k % width === i));
  const result: [string, ArrayLike<number>][] = [["time", from(0, solution.times)]];
  for (let i = 0; i < n; i++) result.push([`mode_${i + 1}`, strided(start.modes, modes, i, n)]);
  result.push(["loss", from(start.loss, solution.loss)]);
  if (solution.testError) result.push(["test_error", from(start.testError, solution.testError)]);
  if (solution.kernelDistance) result.push(["kernel_distance", from(0, solution.kernelDistance)]);
  if (problem.task.kind === "neuron" && solution.neuron && start.neuron)
    ["w_along", "w_across", "a"].forEach((name, i) => result.push([name, strided(start.neuron!, solution.neuron!, i, 3)]));
  return result;
}

/** The curves as a table, with what the numbers mean in comment lines. */
export function csv(taken: Taken): string {
  const { solution, link, version, problem } = taken;
  const table = columns(taken);
  const comments = [
    title(taken),
    `linnet ${version}, explorer${link ? `: ${link}` : ""}`,
    `seed of the start ${problem.start.seed}${problem.task.kind === "noise" ? `, of the task ${problem.task.seed}` : ""}`,
    solution.method,
    ...conventions(taken),
    `singular values of Y: ${Array.from(solution.target).join(" ")}`,
    `at t = inf: loss ${solution.end.loss}, modes ${Array.from(solution.end.modes).join(" ")}`,
    ...(solution.warning ? [solution.warning] : []),
  ];
  const lines = Array.from(table[0]![1], (_, k) => table.map(([, column]) => String(column[k])).join(","));
  return [...comments.map((c) => `# ${c}`), table.map(([name]) => name).join(","), ...lines, ""]
    .join("\n")
    .replaceAll("NaN", "nan")
    .replaceAll("Infinity", "inf");
}
