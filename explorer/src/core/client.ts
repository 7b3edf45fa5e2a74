import type { Answer, Reply, Request } from "./messages";
import { Overtaken, type Core, type Descent, type MapAnswer, type Moment, type Solution } from "./types";
import { CoreError } from "./module";
import CoreWorker from "./worker?worker&inline";

interface Waiting {
  kind: Request["kind"];
  onAnswer(answer: Answer): void;
  resolve(): void;
  reject(error: Error): void;
}

/** The core, in a worker of its own. */
export function connect(): Core {
  const worker = new CoreWorker();
  const waiting = new Map<number, Waiting>();
  let next = 0;

  const end = (id: number, finish: (of: Waiting) => void) => {
    const of = waiting.get(id);
    waiting.delete(id);
    if (of) finish(of);
  };
  worker.addEventListener("message", ({ data: reply }: MessageEvent<Reply>) => {
    if ("error" in reply) return end(reply.id, (of) => of.reject(new CoreError(reply.error)));
    waiting.get(reply.id)?.onAnswer(reply.answer);
    if (reply.last) end(reply.id, (of) => of.resolve());
  });
  worker.addEventListener("error", (event) => {
    for (const id of [...waiting.keys()]) end(id, (of) => of.reject(new CoreError(`The core has stopped: ${event.message}. Load the page again.`)));
  });

  type Asked = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;
  function ask(request: Asked, onAnswer: (answer: Answer) => void): Promise<void> {
    for (const [id, { kind }] of waiting) if (kind === request.kind) end(id, (of) => of.reject(new Overtaken()));
    const id = next++;
    worker.postMessage({ ...request, id } as Request);
    return new Promise((resolve, reject) => waiting.set(id, { kind: request.kind, onAnswer, resolve, reject }));
  }
  async function one<T extends Answer>(request: Asked): Promise<T> {
    let answer: Answer | undefined;
    await ask(request, (given) => (answer = given));
    return answer as T;
  }

  const version = one<string>({ kind: "version" });
  version.catch(() => undefined); // whoever asks for it hears of it

  return {
    solve: (problem, times, onAnswer) => ask({ kind: "solve", problem, times }, (answer) => onAnswer(answer as Solution)),
    moment: (time) => one<Moment>({ kind: "moment", time }),
    descent: (problem, onAnswer) => ask({ kind: "descent", problem }, (answer) => onAnswer(answer as Descent)),
    map: (request, onAnswer) => ask({ kind: "map", request }, (answer) => onAnswer(answer as MapAnswer)),
    version: () => version,
    close: () => worker.terminate(),
  };
}
