"""Whatever a candidate does, it gets a sentence of its own."""

import contextlib
import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from revgraph.checks import Answer, Exercise, Misconception, case, exercises
from revgraph.checks.call import WATCHER, TimeLimitReached, call, own_time, time_limit
from tests.checks.remembering import remembered_exercise


def double_cases(rng):
    yield case(np.array([1.0, -2.0, 3.0]))
    yield case(rng.normal(size=(3, 4)))


def double(x):
    return 2 * x


DOUBLE = Exercise(
    name="double",
    points=10,
    reference=double,
    cases=double_cases,
    next="what is x + x?",
    misconceptions=[Misconception("squares", lambda x: x * x, "You squared instead of doubling.")],
)


def in_place(x):
    x *= 2
    return x


def never(x):
    while True:
        pass


def stubborn(x):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


def unwritten(x):
    raise NotImplementedError


def deep(x):
    return deep(x)


def raises(x):
    raise ValueError("no such x")


def leaves(x):
    raise SystemExit


@pytest.mark.parametrize(
    ("candidate", "sentence"),
    [
        (lambda x: x * x, "You squared instead of doubling."),
        (lambda x: None, "It returned None. Is a `return` missing?"),
        (lambda x: -2 * x, "The sign is wrong: everything is the negative of what is expected."),
        (lambda x: 6 * x, "Everything is 3 times what is expected."),
        (lambda x: (2 * x).tolist(), "It returned a list; expected is an array."),
        (lambda x: (2 * x).astype("float32"), "The numbers come as float32; expected is float64."),
        (lambda x: (2 * x)[None], "The values are right, but the shape is (1, 3) instead of (3,)."),
        (lambda x: (2 * x)[:2], "The shape is (2,); expected is (3,)."),
        (lambda x: np.where(x > 0, 2 * x, np.nan), "Some of it is nan, not a number."),
        (lambda x: np.where(x > 0, 2 * x, 0), "1 of 3 entries differ."),
        (raises, "Your code raised an error on these inputs."),
        (in_place, "The result is right, but your code changed its input x on the way."),
        (unwritten, "double: not written yet"),
        (deep, "It calls itself again and again, and nothing ends it."),
        (leaves, "raised SystemExit"),
        (lambda: 1, "It cannot be called like this. Is its first line, `def ...`, as it was given?"),
        (lambda x: x.tolist(), "Next: `np.array(...)` makes an array of a list."),
        (lambda x: (2 * x,), "Next: look for a comma after what you return: `return a,` makes a tuple."),
        (42, "raised TypeError: 'int' object is not callable"),
    ],
)
def test_each_kind_of_mistake_has_its_own_sentence(candidate, sentence):
    verdict = DOUBLE.judge(candidate)
    assert not verdict.passed
    assert verdict.points == 0
    assert sentence in verdict.message


def test_an_error_is_a_known_mistake_only_where_it_says_the_same():
    def fails(x):
        return x.nothing

    def fails_otherwise(x):
        return x.something

    known = Misconception("takes nothing", fails, "You took nothing.")
    exercise = replace(DOUBLE, misconceptions=[known])
    assert exercise.judge(fails).misconception == "takes nothing"
    assert exercise.judge(fails_otherwise).misconception == "no such attribute"


@pytest.mark.parametrize(
    ("name", "candidate", "sentence"),
    [
        ("topological_order", lambda root: {root}, "You returned a set. A set has no order."),
        ("batches", lambda x, y, n, rng: [x], "What came back: batches that are not pairs (xb, yb)."),
        ("batches", lambda x, y, n, rng: None, "It returned None. Is a `return` missing?"),
        (
            "gradients",
            lambda output, variables: 0,
            "What came back: not a list with one gradient a variable.",
        ),
    ],
)
def test_what_a_probe_says_in_words_is_passed_on(name, candidate, sentence):
    assert sentence in exercises()[name].judge(candidate).message


def test_several_results_in_one_array_are_told_how_to_part():
    both = replace(DOUBLE, reference=lambda x: (x, 2 * x), misconceptions=())
    assert "return 2 results with commas between them" in both.judge(lambda x: np.stack([x, 2 * x])).message


def test_a_factor_is_named_only_where_the_zeros_have_it_too():
    relu = replace(DOUBLE, reference=lambda x: np.maximum(x, 0), recorded=(), misconceptions=())
    assert "1 of 3 entries differ." in relu.judge(lambda x: np.where(x > 0, x, 1)).message
    assert "Everything is 3 times" in relu.judge(lambda x: 3 * np.maximum(x, 0)).message


def test_a_message_writes_integers_evenly_and_no_negative_zero():
    flat = replace(DOUBLE, reference=lambda x: 0 * x, recorded=(), misconceptions=())
    flat = replace(flat, cases=lambda rng: [case(np.array([-1, 10]))])
    message = flat.judge(lambda x: np.array([-0.0, 1.0])).message
    assert "x=[-1, 10]" in message
    assert "-0" not in message


@pytest.mark.parametrize("candidate", [never, stubborn])
def test_a_call_that_never_returns_is_stopped(candidate):
    start = own_time()  # others may have the processors
    verdict = DOUBLE.judge(candidate, call=DOUBLE.caller(candidate, seconds=0.2))
    assert own_time() - start < 5
    assert verdict.cases == (False, False)
    assert "Is there a loop that never ends?" in verdict.message


def test_a_call_is_stopped_where_others_have_the_processors_all_the_time(monkeypatch):
    monkeypatch.setattr("revgraph.checks.call._waited", time.monotonic)
    start = time.monotonic()
    assert DOUBLE.caller(never, seconds=0.1)(case(1.0)).timed_out
    assert time.monotonic() - start < 10


def test_a_time_limit_leaves_no_trace():
    with time_limit(0.05):
        pass
    time.sleep(0.1)  # nothing arrives late


def spin(seconds):
    """A function of its own: in CPython 3.13.0 what interrupts a `while` at its jump back escapes a `with` of
    the same function."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_what_comes_after_a_body_that_ends_just_in_time_is_not_interrupted():
    before, seconds = signal.getsignal(signal.SIGINT), 0.002
    for i in range(300):
        with contextlib.suppress(TimeLimitReached), time_limit(seconds):
            spin(seconds + (i % 20 - 10) * 2e-5)
        sum(range(3_000))  # pytest would stop here, as a learner's next cell did
    assert signal.getsignal(signal.SIGINT) is before


def test_one_thread_watches_all_calls_and_wakes_for_the_shortest(monkeypatch):
    started, start, begin = [], time.monotonic(), threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: (started.append(self), begin(self))[1])
    for _ in range(100):
        with time_limit(30.0):
            pass
    assert len(started) < 50
    with time_limit(30.0):
        assert call(never, case(1.0), seconds=0.05).timed_out
    assert time.monotonic() - start < 20


def test_a_limit_holds_where_the_thread_that_watches_has_ended_without_a_word(monkeypatch):
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    monkeypatch.setattr(WATCHER, "thread", ended)
    with time_limit(30.0):
        assert call(never, case(1.0), seconds=0.05).timed_out


def test_a_fork_of_a_call_sets_limits_of_its_own():
    with time_limit(30.0):
        child = os.fork()
        if child == 0:
            signal.alarm(30)  # or a limit that does not hold would hold the test
            os._exit(0 if call(never, case(1.0), seconds=0.05).timed_out else 1)
        assert os.waitpid(child, 0)[1] == 0


class Wordless(ValueError):
    def __str__(self):
        return self.words


class Endless(ValueError):
    def __str__(self):
        return never(self)


class Nameless(type):
    __name__ = property(never)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Wordless, ("Wordless", "its text cannot be read: that raises AttributeError")),
        (Endless, ("TimeLimitReached", "0.05")),
        (Nameless("Plain", (ValueError,), {}), ("Plain", "x")),
    ],
    ids=["fails", "endless", "endless name"],
)
def test_an_error_whose_text_fails_or_never_ends_is_an_answer_too(error, told):
    def fails(x):
        raise error("x")

    answer = call(fails, case(1.0), seconds=0.05)
    assert (answer.error, answer.detail) == told


def test_ctrl_c_is_the_users_own():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(interrupted, case())


def test_the_message_shows_the_call_both_results_and_the_learners_line():
    def third_is_wrong(x):
        out = 2 * x
        out.flat[2] = 0.5
        return out

    message = DOUBLE.judge(third_is_wrong).message
    assert message.splitlines() == [
        "double: 0 of 2 cases pass",
        "  called with   x=[1, -2, 3]",
        "  yours         shape (3,)  2  -4  «0.5»",
        "  expected      shape (3,)  2  -4  «6»",
        "  1 of 3 entries differ.",
        "  Next: what is x + x?",
    ]

    def broken(x):
        return x @ np.ones((7, 7))

    assert "in your line  return x @ np.ones((7, 7))" in DOUBLE.judge(broken).message


def test_two_mistakes_at_once_name_the_one_that_explains_most():
    def cases(rng):
        yield from (case(rng.normal(size=n)) for n in (3, 4, 5, 6, 0))

    exercise = replace(DOUBLE, cases=cases)
    verdict = exercise.judge(lambda x: x * x if x.size else None)
    assert verdict.misconception == "squares"
    assert "You squared instead of doubling. It gives your results in " in verdict.message
    assert exercise.judge(lambda x: x * x if x.size in (3, 4) else None).misconception is None
    assert exercise.judge(lambda x: x * x).misconception == "squares"


def test_what_a_sentence_calls_right_is_right():
    def cases(rng):
        yield from (case(rng.normal(size=n)) for n in (3, 4, 5, 6))

    sentence = "Short ones are right. Of the long ones you took the squares."
    known = Misconception("squares the long", lambda x: 2 * x if x.size < 5 else x * x, sentence)
    exercise = replace(DOUBLE, cases=cases, misconceptions=[known])
    assert exercise.judge(lambda x: 2 * x if x.size < 5 else x * x).misconception == known.name
    assert sentence not in exercise.judge(lambda x: x + 1 if x.size < 4 else known.answer(x)).message


def test_numbers_that_look_alike_are_shown_with_more_digits():
    message = DOUBLE.judge(lambda x: 2 * x * (1 + 1e-6)).message
    assert "yours         shape (3,)  «2.000002»  -4  6" in message
    assert "expected      shape (3,)  «2»  -4  6" in message


def test_a_message_never_speaks_of_the_reference():
    def reference(x):
        raise ValueError("the reference's own words")

    exercise = Exercise("picky", 1, reference, double_cases)
    assert exercise.judge(reference).passed  # both refuse these inputs
    message = exercise.judge(double).message
    assert "your function should raise ValueError" in message
    assert "own words" not in message


def test_warnings_count_only_where_an_exercise_says_so():
    def overflows(x):
        np.exp(np.array(1000.0))
        return 2 * x

    assert DOUBLE.judge(overflows).passed
    quiet = Exercise("double", 10, double, double_cases, quiet=True)
    assert "NumPy warned on the way: overflow" in quiet.judge(overflows).message


def test_a_class_is_judged_through_its_probe():
    class Counter:
        def __init__(self, start):
            self.n = start

        def step(self):
            self.n += 1

    class Stuck(Counter):
        def step(self):
            pass

    def steps(candidate, start, n):
        counter = candidate(start)
        for _ in range(n):
            counter.step()
        return counter.n

    exercise = Exercise("counter", 1, Counter, lambda rng: [case(3, 2)], probe=steps)
    assert exercise.judge(Counter).passed
    message = exercise.judge(Stuck).message
    assert "start=3, n=2" in message
    assert "yours         3" in message


def test_several_right_answers_compare_in_their_canonical_form():
    roots = replace(
        DOUBLE,
        reference=lambda x: [x, -x],
        cases=lambda rng: [case(2.0)],
        canonical=lambda value: sorted(value) if isinstance(value, list) else value,
    )
    assert roots.judge(lambda x: [-x, x]).passed
    assert not roots.judge(lambda x: [x, x]).passed


@pytest.mark.parametrize("value", [[[1], [2]], "x"], ids=["list", "str"])
@pytest.mark.parametrize("exercise", exercises())
def test_whatever_comes_back_is_told_without_an_error_of_ours(exercise, value):
    verdict = remembered_exercise(exercise).judge(None, call=lambda case: Answer(value))
    assert not verdict.passed
    assert verdict.message


def test_a_difference_in_a_dict_is_named_by_its_key():
    parts = replace(DOUBLE, reference=lambda x: {"a.grad": 2.0, "b.grad": 3.0}, cases=lambda rng: [case(2.0)])
    assert "differs in    b.grad" in parts.judge(lambda x: {"a.grad": 2.0, "b.grad": 4.0}).message


def test_what_a_candidate_prints_fills_no_pages(capsys):
    def talkative(x):
        for i in range(100):
            print("line", i)
        return 2 * x

    assert DOUBLE.judge(talkative).passed
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["line 0", "line 1"]
    assert lines[-1] == "… the rest is left out"
    assert len(lines) == 21


def test_a_verdict_is_given_where_the_search_for_the_mistake_fails():
    def odd(source):
        raise RuntimeError("odd")

    known = Misconception("odd", double, "Odd.", seen=odd)
    with pytest.warns(UserWarning, match="no diagnosis of double: RuntimeError"):
        assert not replace(DOUBLE, misconceptions=[known]).judge(lambda x: x).passed


def test_an_error_behind_the_answer_is_not_taken_for_a_wrong_call():
    def probe(candidate, x):
        return float(candidate(x))

    probed = replace(DOUBLE, reference=lambda x: 2.0 * x.sum(), recorded=(), misconceptions=(), probe=probe)
    message = probed.judge(lambda x: object()).message
    assert "TypeError" in message
    assert "It cannot be called like this" not in message


def used_too_early(x):
    def send():
        return out

    send()
    out = x
    return out


@pytest.mark.parametrize(
    ("candidate", "name"),
    [
        (lambda x: np.sqrt({"a": x}), "no numbers for NumPy"),
        (lambda x: "a" * 1.5, "multiplies a text or a list"),
        (lambda x: max([]), "nothing to choose from"),
        (lambda x: (lambda a, b: a)(x), "an argument too few"),
        (lambda x: (lambda a: a)(x, x), "an argument too many"),
        (lambda x: np.maximum(x), "an argument too few"),
        (lambda x: abs(), "an argument too few"),
        (lambda x: divmod(1), "an argument too few"),
        (lambda x: [].append(1, 2), "an argument too many"),
        (lambda x: {}.get(1, 2, 3), "an argument too many"),
        (lambda x: np.exp(x, x, x, x, x), "an argument too many"),
        (lambda x: 0.0**-x.size, "0 to a negative power"),
        (lambda x: 1 // 0, "divides by zero"),
        (lambda x: int(float("inf")), "an integer of what is infinite"),
        (lambda x: np.int64(10**30), "too large an integer"),
        (lambda x: 10.0**400, "overflows"),
        (used_too_early, "used before it is set"),
        (lambda x: np.random.default_rng(0).choice(2, p=[0.5, 0.2]), "chances do not sum to 1"),
    ],
)
def test_an_error_is_told_in_words_of_its_line(candidate, name):
    assert DOUBLE.judge(candidate).misconception == name
