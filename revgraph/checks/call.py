"""Putting one case to a candidate, and recording what came back, whatever it was."""

import copy
import linecache
import os
import random
import signal
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from revgraph.checks.browser import IN_BROWSER, short_stack, watched
from revgraph.checks.same import same_data

OURS = str(Path(__file__).parents[1])
PYTHONS = sysconfig.get_path("stdlib")
not_learners = {OURS}  # frames below these folders are not the learner's; a course's own exercises add theirs
PRINTED = 20  # lines of a candidate, in one check
SECONDS = float(os.environ.get("REVGRAPH_TIME_LIMIT", 10))  # for one call


@dataclass(frozen=True)
class Case:
    """The arguments of one call: plain data (numbers, strings, times, arrays, tables, tuples, lists, dicts).

    ``edge`` says what an edge case is a case of, ``part`` to which part of an exercise a case belongs.
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    edge: str = ""
    part: str = ""


def case(*args: Any, **kwargs: Any) -> Case:
    """Write a case as the call it stands for: ``case(g, shape=(1, 4))``."""
    return Case(args, kwargs)


def edge(what: str, *args: Any, **kwargs: Any) -> Case:
    """An edge case, which the text does not announce: ``edge("a batch of no images", x, k)``.

    It is judged, told after a pass ("Right. For a batch of no images it would fail: ..."), and costs nothing.
    """
    return Case(args, kwargs, edge=what)


def part(name: str, case: Case) -> Case:
    """A case that belongs to one of the exercise's parts: ``part("stacks", case(g, a, b))``."""
    return replace(case, part=name)


@dataclass(frozen=True)
class Answer:
    """What came back from one call: a value, or the name of the exception that came instead.

    ``changed`` holds the positions and names of the arguments that the call wrote into, ``warned`` the
    warnings it gave. Of an exception, ``line`` is the line of the candidate's own code that it came through,
    ``inner`` the line of another function of the learner's where it arose, if it was called from there,
    ``missing`` the name that was not defined or the function that was not written, and ``bases`` the names of
    Python's own classes that it is an instance of besides.
    """

    value: Any = None
    error: str = ""
    detail: str = ""
    line: str = ""
    inner: str = ""
    missing: str = ""
    bases: tuple[str, ...] = ()
    changed: tuple[int | str, ...] = ()
    warned: tuple[str, ...] = ()

    @property
    def not_written(self) -> bool:
        return self.error == "NotImplementedError"

    @property
    def timed_out(self) -> bool:
        return self.error == TimeLimitReached.__name__

    @property
    def ends_its_part(self) -> bool:
        """Whether the part's other cases would tell the same, some of them slowly."""
        return self.not_written or self.timed_out


class TimeLimitReached(BaseException):
    """Not an Exception, so that a learner's ``except Exception`` does not swallow it."""


def put_cases(cases: Iterable[Case], call: Callable[[Case], Answer]) -> Iterator[Answer | None]:
    """The answers to the cases in their order; None for one that is not put.

    A part that is not written or never ends is left after its first such answer, and the others are judged
    all the same; the edge cases, which say more of a right answer only, are left too.
    """
    left: set[str] = set()
    for case in cases:
        if case.part in left or (case.edge and left):
            yield None
            continue
        answer = call(case)
        if answer.ends_its_part:
            left.add(case.part)
        yield answer


def call(
    function: Callable[..., Any], case: Case, seconds: float | None = SECONDS, candidate: Any = None
) -> Answer:
    """Call ``function`` on copies of the case's arguments; ``seconds=None`` sets no limit.

    ``candidate`` is the learner's function or class, where ``function`` is a probe that calls it. Never
    raises, except for the user's own Ctrl-C: an exception is an answer too.
    """
    args, kwargs = copy.deepcopy(case.args), dict(copy.deepcopy(case.kwargs))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with short_stack(), time_limit(seconds):
                value = function(*args, **kwargs)
                return Answer(value, changed=_changed(case, args, kwargs), warned=_texts(caught))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return as_answer(error, function if candidate is None else candidate, seconds)


def _changed(case: Case, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int | str, ...]:
    places = [i for i, arg in enumerate(args) if not same_data(arg, case.args[i])]
    return (*places, *(name for name, arg in kwargs.items() if not same_data(arg, case.kwargs[name])))


def _texts(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(str(w.message) for w in caught if issubclass(w.category, RuntimeWarning))


def as_answer(error: BaseException, candidate: Any, seconds: float | None) -> Answer:
    """What was raised, as an answer. It may have a class of the learner's, whose text fails in its turn, or
    never ends."""
    try:
        with time_limit(seconds):
            return _told(error, candidate)
    except KeyboardInterrupt:
        raise
    except TimeLimitReached as late:
        return Answer(error=TimeLimitReached.__name__, detail=str(late))
    except BaseException as another:
        return Answer(error=_name(error), detail=f"its text cannot be read: that raises {_name(another)}")


def _name(error: BaseException) -> str:
    """The name that the class was defined by, whatever the class itself claims."""
    return str(type.__dict__["__name__"].__get__(type(error)))


def _told(error: BaseException, candidate: Any) -> Answer:
    line, inner = learners_lines(error, candidate)
    missing, bases = what_is_missing(error), _bases(error)
    return Answer(error=_name(error), detail=str(error), line=line, inner=inner, missing=missing, bases=bases)


def _bases(error: BaseException) -> tuple[str, ...]:
    """Who raises a ``class Misfit(ValueError)`` raises a ValueError; that it is an Exception says nothing."""
    kind, *above = type.__dict__["__mro__"].__get__(type(error))
    if kind.__module__ == "builtins":
        return ()
    ours = (Exception, BaseException, object)
    return tuple(one.__name__ for one in above if one.__module__ == "builtins" and one not in ours)


def learners_lines(error: BaseException, candidate: Any) -> tuple[str, str]:
    """The innermost line of the candidate's own code in the traceback; and the innermost of the learner's, as
    "function: line", if it lies in another function.
    """
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    learners = [(code, line) for code, line in frames if is_learners(code.co_filename)]
    own_codes = set(codes_of(candidate))
    own = [(code, line) for code, line in learners if code in own_codes]
    innermost = learners[-1:]
    if not own or own[-1:] == innermost:
        return "".join(_text(*one) for one in innermost), ""
    return _text(*own[-1]), "".join(f"{code.co_name}: {_text(code, line)}" for code, line in innermost)


def _text(code: Any, line: int) -> str:
    return linecache.getline(code.co_filename, line).strip()


def codes_of(candidate: Any) -> Iterator[Any]:
    """The code of a function, or of a class's functions, and of the functions made inside."""
    members = vars(candidate).values() if isinstance(candidate, type) else [candidate]
    coming = [getattr(getattr(one, "__wrapped__", one), "__code__", None) for one in members]
    while coming:
        code = coming.pop()
        if code is not None:
            yield code
            coming += [one for one in code.co_consts if hasattr(one, "co_code")]


def what_is_missing(error: BaseException) -> str:
    """The name that is not defined, or the learner's function or class that is not written; or empty."""
    if type(error) is NameError:  # of a name that an outer function sets later, Python says so
        return "" if "free variable" in str(error) else error.name or ""
    if not isinstance(error, NotImplementedError):
        return ""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    code = frame.f_code
    return code.co_qualname.partition(".")[0] if is_learners(code.co_filename) else ""


def is_learners(file: str) -> bool:
    """Whether code comes from a notebook, or from a file that is neither ours, nor Python's, nor an installed
    library's. Compiled code names the file that it was compiled from, which is nowhere here."""
    if file.startswith((*not_learners, PYTHONS, "<frozen")) or file.endswith((".pyx", ".pxd")):
        return False
    return "site-packages" not in file and "dist-packages" not in file


@contextmanager
def same_chance() -> Iterator[None]:
    """In the body, Python's and NumPy's global generators begin anew; to others they are as they were."""
    before, before_numpy = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(before_numpy)


@contextmanager
def put_in_place(names: dict[str, Any], others: Mapping[str, Any]) -> Iterator[None]:
    """In the body, some names mean the `others`."""
    before = {name: names[name] for name in others}
    names.update(others)
    try:
        yield
    finally:
        names.update(before)


class FirstLines:
    """A stream that passes on the first lines of what is printed and leaves out the rest."""

    def __init__(self, target: Any, most: int):
        self.target, self.left = target, most

    def write(self, text: str) -> int:
        if self.left > 0:
            self.left -= text.count("\n")
            self.target.write(text if self.left > 0 else f"{text.rstrip()}\n… the rest is left out\n")
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)


@contextmanager
def few_prints() -> Iterator[None]:
    """Every case is a call: a `print` in the candidate would otherwise fill pages."""
    with redirect_stdout(FirstLines(sys.stdout, PRINTED)):
        yield


def can_limit_time() -> bool:
    """Whether time_limit works here: in the main thread."""
    return threading.current_thread() is threading.main_thread()


def time_limit(seconds: float | None) -> AbstractContextManager[None]:
    """Raise TimeLimitReached in the body once it has had ``seconds`` of time.

    Time in which other programs had the processors, or this one was stopped, is not counted. Works by
    interrupting the main thread, so it also stops a loop on Windows, where there is no SIGALRM; in any other
    thread there is no limit. In a browser, which has one thread, Python itself looks at the clock.
    """
    if seconds is None or not can_limit_time():
        return nullcontext()
    return watched(seconds, TimeLimitReached(f"{seconds:.2g}")) if IN_BROWSER else _Watched(seconds)


class _Watched:
    """Interrupts its body, and nothing that comes after it: an interrupt on its way when the body ends is
    dropped. One that came later would end another cell, and what an earlier cell defined would be judged.
    """

    def __init__(self, seconds: float):
        self.seconds = self.left = seconds
        self.since = time.monotonic()
        self.expired = False

    def __enter__(self) -> None:
        self.previous = signal.signal(signal.SIGINT, self._on_interrupt)
        WATCHER.watch(self)

    def __exit__(self, *_: object) -> None:
        WATCHER.leave(self)
        signal.signal(signal.SIGINT, self.previous)

    def _on_interrupt(self, signum: int, frame: Any) -> None:
        ours = {_Watched.__enter__.__code__, _Watched.__exit__.__code__}
        if any(one.f_code in ours for one, _ in traceback.walk_stack(frame)):
            return
        raise TimeLimitReached(f"{self.seconds:.2g}") if self.expired else KeyboardInterrupt


TICK, SHORTEST = 0.5, 0.01  # seconds


class _Watcher:
    """One thread for all bodies: a check makes hundreds of calls, and most take less time than to start a
    thread. It looks at its bodies once a tick, and ends when there is none."""

    def __init__(self) -> None:
        self.bodies: set[_Watched] = set()
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None
        self.wakes = 0.0

    def watch(self, body: _Watched) -> None:
        with self.changed:
            self.bodies.add(body)
            if self.thread is None or not self.thread.is_alive():  # it may have ended without a word
                with suppress(RuntimeError):  # no thread can be started any more: nor is there a limit then
                    self.thread = threading.Thread(target=self._run, daemon=True)
                    self.thread.start()
            elif body.since + body.left < self.wakes:
                self.changed.notify_all()

    def leave(self, body: _Watched) -> None:
        with self.changed:  # an interrupt is on its way, or none comes any more
            self.bodies.discard(body)

    def _run(self) -> None:
        with self.changed:
            self._tick()
            while self.bodies:
                self._tick()
            self.thread = None

    def _tick(self) -> None:
        begun, before = time.monotonic(), _waited()
        lefts = [max(body.left, SHORTEST) for body in self.bodies if not body.expired]
        self.wakes = begun + min([TICK, *lefts])
        self.changed.wait(self.wakes - begun)
        now = min(time.monotonic(), self.wakes)  # a tick that comes late counts as one
        waited = _waited() - before
        for body in self.bodies:
            passed = max(0.0, now - max(begun, body.since))
            body.left -= max(passed - waited, passed / 10)  # or the last moments might never be over
            body.expired = body.left <= 0
        if any(body.expired for body in self.bodies):
            _interrupt_main()  # and again, should the body have caught it


WATCHER = _Watcher()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: vars(WATCHER).update(vars(_Watcher())))  # without its thread


def own_time() -> float:
    """Seconds on a clock that stands still while others have the processors."""
    return time.monotonic() - _waited()


def _waited() -> float:
    """Seconds in which the main thread could have run and others had the processors, where Linux tells."""
    try:
        with open("/proc/self/schedstat") as known:
            return int(known.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _interrupt_main() -> None:
    if hasattr(signal, "pthread_kill"):  # also wakes a sleeping call
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()
