"""The points of a sweep by an executor of the caller's: processes, the workers of a cluster, the ranks of MPI."""

from __future__ import annotations

import collections
import concurrent.futures
import math
import os
import pickle
import queue
import threading
import time
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from . import _linnet
from ._error import Error, shown, whole_number

_SENDINGS = 3  # of a point: it is sent again where a worker died, twice at most
_MOST_OUT = 1000  # pieces of work that were sent and have not come back
_SHARES = 10  # into which a piece is cut that is sent again, to find what ends its workers
_REPORTED = 0.05  # seconds between two reports of progress
_PATIENCE = 1.0  # seconds without anything back, after which more is sent
_POLLED = 1.0  # seconds between two looks at a future that cannot call back


def compute(parts: bytes, points: Sequence[int]) -> Tuple[float, bytes]:
    """In a worker: these points of the sweep as blocks of its journal, and the seconds that this took."""
    began = time.perf_counter()
    blocks = _prepared(parts).compute(list(points))
    return time.perf_counter() - began, blocks


def _prepared(parts: bytes) -> Any:
    """The sweep, read and checked once in each thread that computes points of it."""
    if getattr(_here, "parts", None) != parts:
        text, folder, arrays = pickle.loads(parts)
        source = _linnet.Source.from_text(text, folder)
        for field, array in arrays.items():
            source.attach(field, array)
        _here.sweep = _linnet.PreparedSweep(source)
        _here.parts = parts
    return _here.sweep


_here = threading.local()


class _Piece(NamedTuple):
    """Points that are computed together."""

    points: Sequence[int]
    sendings: int


class _Pace:
    """How many points are sent together, and how many pieces are out at the same time.

    A piece takes a second, so that progress is seen and a worker that dies loses little; in sweeps of hours it takes
    up to ten, so that one process can serve thousands of workers. More pieces are out where they come back sooner than
    if each had waited for another one, or where none comes back: then there may be workers without work. Fewer are out
    where each waited for three others. So the number of workers, which executors do not tell, need not be known.
    """

    def __init__(self, chunk: Optional[int]) -> None:
        self._chunk = chunk
        self._points = 1.0
        self._began = time.monotonic()
        self.most_out = 4 if chunk is None else _MOST_OUT

    def points(self, left: int) -> int:
        if self._chunk is not None:
            return self._chunk
        return max(1, min(int(self._points), left // (2 * self.most_out)))  # shares what is left at the end

    def learn(self, points: int, computing: float, whole: float) -> None:
        """From a piece of so many points, and the seconds of its computation and until it was back."""
        if self._chunk is not None:
            return
        wanted = min(max(1.0, (time.monotonic() - self._began) / 100), 10.0)
        fitting = points * wanted / max(computing, 1e-6)
        self._points = max(1.0, min(math.sqrt(self._points * fitting), 8 * self._points))
        if whole < 2 * computing:
            self.most_out = min(self.most_out + 1, _MOST_OUT)
        elif whole > 4 * computing:
            self.most_out = max(self.most_out - 1, 4)

    def send_more(self) -> None:
        """Nothing has come back for a while."""
        self.most_out = min(2 * self.most_out, _MOST_OUT)


class _Sending:
    """Sends the missing points of a journal to workers and keeps what comes back."""

    def __init__(self, executor: Any, parts: bytes, journal: Any, chunk: Optional[int], keeps: bool) -> None:
        self._executor = executor
        self._parts = parts
        self._journal = journal
        self._keeps = keeps
        self._missing: Sequence[int] = journal.missing()
        self._sent = 0  # of the missing ones
        self.total: int = journal.total
        self.done = self.total - len(self._missing)
        self._again: Deque[_Piece] = collections.deque()
        self._out: Dict[Any, Tuple[_Piece, float]] = {}  # with the moment of sending
        self._polled: List[Any] = []
        self._next_poll = 0.0
        self._last_back = time.monotonic()
        self._back: "queue.SimpleQueue[Tuple[Any, float]]" = queue.SimpleQueue()
        self._pace = _Pace(chunk)

    def run(self, report: Optional[Callable[[float, float], Any]]) -> None:
        next_report = 0.0
        try:
            while self._fill() or self._out:
                if report is not None and time.monotonic() >= next_report:
                    next_report = time.monotonic() + _REPORTED
                    if report(self.done, self.total) is False:
                        raise self._interrupted()
                self._receive()
            if report is not None:
                report(self.done, self.total)
        except BaseException:  # KeyboardInterrupt among them
            self._break_off()
            raise

    def _fill(self) -> bool:
        """Sends what may be out; whether anything is left to send."""
        while len(self._out) < self._pace.most_out:
            if self._again:
                piece = self._again.popleft()
            else:
                count = self._pace.points(len(self._missing) - self._sent)
                points = self._missing[self._sent : self._sent + count]
                if not points:
                    return False
                self._sent += len(points)
                piece = _Piece(_short(points), 0)
            self._send(piece)
        return True

    def _send(self, piece: _Piece) -> None:
        try:
            future = self._executor.submit(compute, self._parts, piece.points)
        except concurrent.futures.BrokenExecutor as error:
            raise self._broken(error) from error
        except Exception as error:
            raise Error("executor", "one that takes work", _said(error), self._hint()) from error
        self._out[future] = (_Piece(piece.points, piece.sendings + 1), time.monotonic())
        if hasattr(future, "add_done_callback"):
            future.add_done_callback(lambda done: self._back.put((done, time.monotonic())))
        else:
            self._polled.append(future)

    def _receive(self) -> None:
        """What has come back, after a short time at most."""
        try:
            self._keep(*self._back.get(timeout=0.05))
            while True:
                self._keep(*self._back.get_nowait())
        except queue.Empty:
            pass
        if self._polled and time.monotonic() >= self._next_poll:
            for future in [one for one in self._polled if one.done()]:
                self._polled.remove(future)
                self._keep(future, time.monotonic())
            self._next_poll = time.monotonic() + _POLLED
        if time.monotonic() > self._last_back + _PATIENCE and len(self._out) >= self._pace.most_out:
            self._pace.send_more()
            self._last_back = time.monotonic()

    def _keep(self, future: Any, back: float) -> None:
        piece, sent = self._out[future]
        self._last_back = time.monotonic()
        try:
            computing, blocks = future.result()
        except concurrent.futures.BrokenExecutor as error:
            raise self._broken(error) from error
        except (Exception, SystemExit) as error:
            if isinstance(error, Error) and error.kind != "interrupted":  # of a point
                raise
            self._send_again(piece, error)
        else:
            self._journal.add(blocks)
            self.done += len(piece.points)
            self._pace.learn(len(piece.points), computing, back - sent)
        del self._out[future]

    def _send_again(self, piece: _Piece, error: BaseException) -> None:
        points = piece.points
        if piece.sendings == _SENDINGS:
            named = _named(points)
            hint = f"they were sent {_SENDINGS} times; look at the workers' own messages, their memory and their linnet"
            raise Error("executor", f"workers that compute {named}", _said(error), hint, "numerical") from error
        share = -(-len(points) // _SHARES)
        for begin in range(0, len(points), share):
            self._again.append(_Piece(points[begin : begin + share], piece.sendings))

    def _break_off(self) -> None:
        """Keeps what has come back and takes back the rest."""
        for future in self._out:
            future.cancel()
        for future in self._out:
            if not future.done():
                continue
            try:
                self._journal.add(future.result()[1])
            except (Exception, SystemExit, KeyboardInterrupt):
                continue  # its points are missing, as those of the others

    def _hint(self) -> str:
        return "resume=True goes on from the points that are done" if self._keeps else ""

    def _interrupted(self) -> Error:
        done = f"{self.done} before the interruption"
        return Error("sweep", f"{self.total} points", done, self._hint(), "interrupted")

    def _broken(self, error: Exception) -> Error:
        hint = "an executor takes no more work after that"
        if self._keeps:
            hint += "; with a new one, resume=True goes on from the points that are done"
        got = f"{self.done} before a worker died ({_said(error)})"
        return Error("executor", f"workers for {self.total} points", got, hint, "interrupted")


def _short(points: Sequence[int]) -> Sequence[int]:
    """The same points, as a range where they are one."""
    run = range(points[0], points[-1] + 1)
    return run if len(run) == len(points) else points


def _named(points: Sequence[int]) -> str:
    if len(points) == 1:
        return f"point {points[0]}"
    if isinstance(_short(points), range):
        return f"the points {points[0]} to {points[-1]}"
    few = ", ".join(str(i) for i in points[:10])
    return f"the points {few}" + (f" and {len(points) - 10} more" if len(points) > 10 else "")


def _said(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def require_executor(executor: Any) -> None:
    if hasattr(executor, "get_executor"):  # Dask's Client, whose own submit computes equal calls once only
        raise Error("executor", "a concurrent.futures.Executor", shown(executor), "client.get_executor() makes one")
    if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        hint = "make one of it: with ProcessPoolExecutor() as executor" if isinstance(executor, type) else ""
        raise Error("executor", "a concurrent.futures.Executor", shown(executor), hint)


def sweep_by(
    executor: Any,
    source: Any,
    parts: Any,
    chunk: Optional[int],
    target: str,
    resume: bool,
    mixed: bool,
    force: bool,
    report: Optional[Callable[[float, float], Any]],
) -> Any:
    """The parts of the data set, as the compiled sweep returns them; `parts` are what workers make the source of."""
    require_executor(executor)
    if chunk is not None:
        chunk = whole_number(chunk, "chunk")
        if chunk < 1:
            raise Error("chunk", "a whole number from 1 on", str(chunk))
    complete = _linnet.complete_result(source, target, resume, force)
    if complete is not None:
        return complete
    journal = _linnet.SweepJournal(source, target, resume, mixed, force)
    _open.add(journal)
    try:
        _Sending(executor, pickle.dumps(parts), journal, chunk, bool(target)).run(report)
        return journal.finish()
    finally:
        _open.discard(journal)
        journal.close()


_open: Set[Any] = set()  # journals


def _close_in_fork() -> None:
    """Workers that are forks of this process would hold its journals and their locks, also after its death."""
    for journal in _open:
        journal.close()
    _open.clear()


os.register_at_fork(after_in_child=_close_in_fork)
