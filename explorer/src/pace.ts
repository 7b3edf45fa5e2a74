/** One call at a time: of those wanted while one is under way, only the latest follows. `work` says by `free` that the
 *  next may go; it may also go after `patience` milliseconds. */
export function paced<T>(work: (wanted: T, free: () => void) => void, patience = Infinity): (wanted: T) => void {
  let next: { wanted: T } | null = null;
  let turn = 0; // of the call under way, 0: none
  let turns = 0;
  let timer = 0;

  function go(): void {
    clearTimeout(timer);
    turn = 0;
    if (!next) return;
    const { wanted } = next;
    next = null;
    const mine = (turn = ++turns);
    if (Number.isFinite(patience)) timer = window.setTimeout(go, patience);
    work(wanted, () => {
      if (turn === mine) go();
    });
  }

  return (wanted) => {
    next = { wanted };
    if (!turn) go();
  };
}

/** `work` once nothing has been asked for `millis` milliseconds. */
export function rested(work: () => void, millis: number): { (): void; cancel(): void } {
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    timer = window.setTimeout(work, millis);
  };
  return Object.assign(ask, { cancel: () => clearTimeout(timer) });
}
