import type { Core, Descent, Matrix, Moment, Problem, Solution } from "./types";

// A stand-in until the core is there: two layers at infinite width.

function svd(y: number[][]) {
  const m = y.length, n = y[0].length, k = Math.min(m, n);
  const flip = n > m;
  const a = flip ? y[0].map((_, j) => y.map((r) => r[j])) : y.map((r) => [...r]);
  const rows = a.length, cols = a[0].length;
  const v = Array.from({ length: cols }, (_, i) => Array.from({ length: cols }, (_, j) => +(i === j)));
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < cols; p++)
      for (let q = p + 1; q < cols; q++) {
        let x = 0, z = 0, w = 0;
        for (let i = 0; i < rows; i++) { x += a[i][p] ** 2; z += a[i][q] ** 2; w += a[i][p] * a[i][q]; }
        if (Math.abs(w) < 1e-14 * Math.sqrt(x * z) || w === 0) continue;
        const th = (z - x) / (2 * w), t = (th >= 0 ? 1 : -1) / (Math.abs(th) + Math.hypot(1, th));
        const c = 1 / Math.hypot(1, t), s = c * t;
        for (const mat of [a, v]) for (const r of mat) [r[p], r[q]] = [c * r[p] - s * r[q], s * r[p] + c * r[q]];
      }
  const norm = Array.from({ length: cols }, (_, j) => Math.hypot(...a.map((r) => r[j])));
  const order = norm.map((_, j) => j).sort((i, j) => norm[j] - norm[i]).slice(0, k);
  const left = mat(rows, k, (i, j) => a[i][order[j]] / (norm[order[j]] || 1));
  const right = mat(cols, k, (i, j) => v[i][order[j]]);
  return { s: order.map((j) => norm[j]), left: flip ? right : left, right: flip ? left : right };
}
const mat = (rows: number, cols: number, f: (i: number, j: number) => number): Matrix => ({
  rows, cols, values: Float64Array.from({ length: rows * cols }, (_, k) => f(Math.floor(k / cols), k % cols)),
});
function random(seed: number) {
  let s = seed + 1;
  return () => { s = (s * 1664525 + 1013904223) % 4294967296; return s / 4294967296; };
}
const cache = new WeakMap<object, any>();
function data(p: Problem) {
  let d = cache.get(p.task);
  if (d) return d;
  let y: number[][] = [[1, 0]], signal: number[][] | null = null;
  if (p.task.kind === "target") y = p.task.target;
  if (p.task.kind === "noise") {
    const { dim, rank, noise, seed } = p.task, r = random(seed);
    const g = () => Math.sqrt(-2 * Math.log(r() + 1e-12)) * Math.cos(2 * Math.PI * r());
    const u = Array.from({ length: dim }, () => Array.from({ length: rank }, g));
    const v = Array.from({ length: dim }, () => Array.from({ length: rank }, g));
    signal = u.map((a) => v.map((b) => a.reduce((t, x, k) => t + (x * b[k] * (1 + k)) / dim, 0)));
    y = signal.map((row) => row.map((x) => x + (noise * g())));
  }
  const f = svd(y);
  const n = f.s.length;
  const sig = signal && Float64Array.from({ length: n }, (_, k) => {
    let t = 0;
    signal!.forEach((row, i) => row.forEach((x, j) => (t += x * f.left.values[i * n + k] * f.right.values[j * n + k])));
    return t;
  });
  d = { y, signal, sig, total: signal ? signal.flat().reduce((t, x) => t + x * x, 0) : 0, ...f };
  cache.set(p.task, d);
  return d;
}
const rho = (k: number, y: number) => Math.hypot(k, y);
function mode(k: number, y: number, t: number) {
  if (t === Infinity) return y;
  const R = rho(k, y), e = Math.exp(-2 * R * t), em = -Math.expm1(-2 * R * t);
  const G = (y * em * ((R + y * 0) * em + 2 * k * e * 0 + k * (1 + e))) / 2; // a crude sigmoid of the right limits
  const q = (R * (1 + e) / 2);
  return G / ((q * (R * em * 0 + k * (1 - em)) + R * em * (1 - e) / 2 * 0 + (R * em * R * em) / (2 * R) * 0 + (k * q * em + R * R * em * em) ) || 1) * (k + R * em) / (k / 1 + R * em || 1) * (R / (R)) || 0;
}
function integrate(k: number, y: number, times: Float64Array) {
  // da/dt = 2 √(k² + a²)(y − a) by substitution a = k sinh u
  const out = new Float64Array(times.length);
  let t = 0, u = 0;
  for (let i = 0; i < times.length; i++) {
    let left = times[i] - t;
    while (left > 0) {
      const f = (w: number) => 2 * (y - k * Math.sinh(Math.min(w, 700)));
      const h = Math.min(left, 0.1 / (1 + 2 * k * Math.cosh(u) + 2 * y));
      const k1 = f(u), k2 = f(u + (h / 2) * k1), k3 = f(u + (h / 2) * k2), k4 = f(u + h * k3);
      const un = u + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
      if (Math.abs(y - k * Math.sinh(un)) < 1e-9 * y + 1e-14) { u = un; left = 0; break; }
      u = un; left -= h;
    }
    t = times[i];
    out[i] = k * Math.sinh(u);
  }
  return out;
}
void mode;

export function connect(): Core {
  let lastProblem: Problem;
  const at = (p: Problem, count: number): Solution => {
    const began = performance.now();
    const d = data(p), n = d.s.length as number;
    const k = Math.hypot(p.start.balance / 2, p.start.scale) || 1e-9;
    const first = 1e-2, last = 10 * Math.log(1 / Math.min(k, 0.5) + 2) / (2 * Math.max(d.s[Math.min(n - 1, 4)], 0.2));
    const times = Float64Array.from({ length: count }, (_, i) => first * (last / first) ** (i / (count - 1)));
    const modes = new Float64Array(count * n);
    for (let j = 0; j < n; j++) integrate(k, d.s[j], times).forEach((a, i) => (modes[i * n + j] = a));
    const lossOf = (row: ArrayLike<number>) => d.s.reduce((t: number, y: number, j: number) => t + (y - row[j]) ** 2 / 2, 0);
    const testOf = (row: ArrayLike<number>) => d.sig ? (d.total + d.s.reduce((t: number, _: number, j: number) => t + row[j] ** 2 - 2 * row[j] * d.sig[j], 0)) / (d.y.length * d.y[0].length) : null;
    const rows = Array.from({ length: count }, (_, i) => modes.subarray(i * n, (i + 1) * n));
    const kd = (row: ArrayLike<number>) => 1 - (n * k) / Math.hypot(n * k, ...Array.from(row));
    const zero = new Float64Array(n);
    const test = d.sig ? Float64Array.from(rows, (r) => testOf(r)!) : null;
    const best = test && test.reduce((b, x, i) => (x < test[b] ? i : b), 0);
    return {
      outputs: d.y.length, inputs: d.y[0].length, method: "A stand-in for the core.", exact: true, target: Float64Array.from(d.s as number[]),
      left: d.left, right: d.right, signal: d.sig, threshold: k, times, modes, loss: Float64Array.from(rows, lossOf), testError: test,
      kernelDistance: Float64Array.from(rows, kd), neuron: null,
      start: { modes: zero, loss: lossOf(zero), testError: testOf(zero), neuron: null },
      end: { modes: Float64Array.from(d.s as number[]), loss: 0, testError: testOf(d.s), kernelDistance: kd(d.s), neuron: null },
      learningTimes: Float64Array.from({ length: n }, (_, j) => times[rows.findIndex((r) => r[j] >= d.s[j] / 2)] ?? Infinity),
      best: test && best !== null ? { time: times[best], testError: test[best] } : null,
      saddles: Array.from({ length: n + 1 }, (_, r) => ({ rank: r, loss: (d.s as number[]).slice(r).reduce((t, y) => t + (y * y) / 2, 0) })),
      warning: "", complete: true, millis: performance.now() - began,
    };
  };
  const wait = (ms = 0) => new Promise((go) => setTimeout(go, ms));
  return {
    async solve(problem, count, onAnswer) { await wait(); lastProblem = problem; onAnswer(at(problem, count)); },
    async moment(time): Promise<Moment> {
      const s = at(lastProblem, 200), n = s.target.length;
      const i = time === Infinity ? 199 : Math.max(s.times.findIndex((t) => t >= time), 0);
      const modes = s.modes.slice(i * n, (i + 1) * n);
      return {
        time, modes, loss: s.loss[i], testError: s.testError?.[i] ?? null, kernelDistance: s.kernelDistance![i], neuron: null,
        endToEnd: mat(s.outputs, s.inputs, (r, c) => { let t = 0; for (let j = 0; j < n; j++) t += s.left.values[r * n + j] * modes[j] * s.right.values[c * n + j]; return t; }),
        inputRepresentation: mat(s.inputs, s.inputs, (r, c) => { let t = 0; for (let j = 0; j < n; j++) t += s.right.values[r * n + j] * modes[j] * s.right.values[c * n + j]; return t; }),
        outputRepresentation: mat(s.outputs, s.outputs, (r, c) => { let t = 0; for (let j = 0; j < n; j++) t += s.left.values[r * n + j] * modes[j] * s.left.values[c * n + j]; return t; }),
      };
    },
    async descent(problem, onAnswer) {
      await wait(100);
      const s = at(problem, 40);
      onAnswer({ times: s.times, modes: s.modes, loss: s.loss, step: 0.01, steps: 1000, note: "" } satisfies Descent);
    },
    async map({ problem, scales, balances, measure }, onAnswer) {
      const d = data(problem);
      const values = Float64Array.from({ length: scales.length * balances.length }, (_, i) => {
        const k = Math.hypot(balances[Math.floor(i / scales.length)] / 2, scales[i % scales.length]);
        return measure === "test" ? 0.05 + 0.05 * Math.tanh(k - 1) : 1 - (d.s.length * k) / Math.hypot(d.s.length * k, ...d.s);
      });
      for (const part of [0.3, 0.7, 1]) { await wait(200); onAnswer({ values: values.map((v, i) => (i < part * values.length ? v : NaN)), done: part === 1, note: "" }); }
    },
    version: async () => "stand-in",
  };
}
