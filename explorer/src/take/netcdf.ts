import { conventions, type Taken, title } from "./taken";

type Attributes = Record<string, string | number>;

interface Variable {
  name: string;
  dims: string[];
  values: ArrayLike<number>;
  attributes: Attributes;
}

/** Sections of a classic NetCDF header (CDF-1). */
const dimensionTag = 10;
const variableTag = 11;
const attributeTag = 12;
const charType = 2;
const doubleType = 6;

const padded = (bytes: number) => Math.ceil(bytes / 4) * 4;

/** Big-endian, as NetCDF has it, in a buffer that grows. */
class Bytes {
  private view = new DataView(new ArrayBuffer(1 << 12));
  length = 0;

  private reserve(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.view.byteLength) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(new Uint8Array(this.view.buffer));
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
  int(value: number): void {
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }
  double(value: number): void {
    const at = this.reserve(8);
    this.view.setFloat64(at, value);
  }
  text(value: string): void {
    const utf8 = new TextEncoder().encode(value);
    this.int(utf8.length);
    const at = this.reserve(padded(utf8.length));
    new Uint8Array(this.view.buffer).set(utf8, at);
  }
  attributes(all: Attributes): void {
    const list = Object.entries(all);
    this.int(list.length > 0 ? attributeTag : 0);
    this.int(list.length);
    for (const [name, value] of list) {
      this.text(name);
      this.int(typeof value === "string" ? charType : doubleType);
      if (typeof value === "string") this.text(value);
      else {
        this.int(1);
        this.double(value);
      }
    }
  }
  done(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.view.buffer as ArrayBuffer, 0, this.length);
  }
}

/** A classic NetCDF file of variables of doubles over named dimensions. */
export function encode(dims: Record<string, number>, variables: Variable[], attributes: Attributes): Uint8Array<ArrayBuffer> {
  const names = Object.keys(dims);
  const header = (offset: number): Bytes => {
    const out = new Bytes();
    out.int(0x43444601); // "CDF", version 1
    out.int(0); // no records
    out.int(dimensionTag);
    out.int(names.length);
    for (const name of names) {
      out.text(name);
      out.int(dims[name]!);
    }
    out.attributes(attributes);
    out.int(variableTag);
    out.int(variables.length);
    for (const { name, dims: own, values, attributes: of } of variables) {
      out.text(name);
      out.int(own.length);
      for (const dim of own) out.int(names.indexOf(dim));
      out.attributes(of);
      out.int(doubleType);
      out.int(8 * values.length);
      out.int(offset);
      offset += 8 * values.length;
    }
    return out;
  };
  const out = header(header(0).length); // the offsets do not change the header's length
  for (const { values } of variables) for (let i = 0; i < values.length; i++) out.double(values[i]!);
  return out.done();
}

/** The numbers of a solution, with the names that the runs of linnet have; t = 0 first. */
export function netcdf(taken: Taken): Uint8Array<ArrayBuffer> {
  const { solution, problem, link, version } = taken;
  const { start, end, target } = solution;
  const n = target.length;
  const all = (first: ArrayLike<number>, rest: Float64Array) => [...Array.from(first), ...rest];
  const variable = (name: string, dims: string[], values: ArrayLike<number>, long_name: string): Variable => ({
    name,
    dims,
    values,
    attributes: { long_name, units: "1" },
  });
  const time = ["time"];
  const variables = [
    variable("time", time, all([0], solution.times), "gradient-flow time t"),
    variable("mode", ["mode"], Array.from(target, (_, i) => i + 1), "singular mode, largest first"),
    variable("mode_strengths", ["time", "mode"], all(start.modes, solution.modes), "strengths of the task's modes"),
    variable("cost", time, all([start.loss], solution.loss), "cost C"),
    variable("target", ["mode"], target, "singular values of Y"),
    variable("learning_time", ["mode"], solution.learningTimes, "time at which half of the mode is learned"),
    variable("final_mode_strengths", ["mode"], end.modes, "strengths of the task's modes at t = inf"),
  ];
  if (solution.testError) variables.push(variable("test_error", time, all([start.testError ?? NaN], solution.testError), "test error"));
  if (solution.kernelDistance)
    variables.push(variable("kernel_distance", time, all([0], solution.kernelDistance), "kernel distance from the start"));
  if (solution.neuron && start.neuron)
    variables.push(
      variable("neuron", ["time", "weight"], all(start.neuron, solution.neuron), "w along and across the target, and a"),
    );
  const dims: Record<string, number> = { time: solution.times.length + 1, mode: n };
  if (solution.neuron && start.neuron) dims.weight = 3;
  const attributes: Attributes = {
    title: title(taken),
    Conventions: "CF-1.10",
    linnet_version: version,
    method: solution.method,
    conventions_of_linnet: conventions(taken).join(" "),
    seed: problem.start.seed,
    final_cost: end.loss,
  };
  if (link) attributes.link = link;
  if (!Number.isNaN(solution.threshold)) attributes.threshold = solution.threshold;
  if (solution.best) {
    attributes.best_time = solution.best.time;
    attributes.best_test_error = solution.best.testError;
  }
  if (solution.warning) attributes.warning = solution.warning;
  return encode(dims, variables, attributes);
}
