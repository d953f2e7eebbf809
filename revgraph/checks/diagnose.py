"""Which mistake was made: the known wrong answers, small slips, arithmetic, and the form of what came back.

Nothing is guessed from one coincidence: a diagnosis has to give the learner's own results, in every case or
in two thirds of those that fail, and it is shown in a case in which it can be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np

from revgraph.checks.arithmetic import Pair, numbers_in, strong_relation, weak_relation
from revgraph.checks.call import Answer, Case, can_limit_time, own_time, same_chance
from revgraph.checks.compare import Difference, difference
from revgraph.checks.form import Form, Misconception
from revgraph.checks.same import same_data
from revgraph.checks.slips import slips

MOST = "It gives your results in {} of the {} cases that fail."
SLIP = "Your results are what one gets when {}."
ADDRESS = re.compile("0x[0-9a-f]+", re.IGNORECASE)  # of an object, in its repr: new in every call
NUMBER = re.compile(r"\d+")
ENOUGH = 3  # numbers, where others are right: one or two are often twice what they should be, by chance
SECONDS = 0.5  # at most, for one call of an answer with a slip: some never end
ENDLESS: set[Any] = set()  # those that did not, which no later check has to wait for again


@dataclass(frozen=True)
class Trial:
    """One candidate's answers to all cases that count. ``source`` reads its text, "" where there is none;
    ``again`` puts a case to it once more, where that can be done."""

    exercise: Form
    cases: Sequence[Case]
    expected: Sequence[Answer]
    answers: Sequence[Answer]
    differences: Sequence[Difference | None]
    source: Callable[[], str] = str
    again: Callable[[Case], Answer] | None = None
    known: dict[tuple[int, int], Answer] = field(default_factory=dict)  # what wrong answers give in a case

    def answer_of(self, wrong: Any, i: int, seconds: float | None = None) -> Answer:
        """What a wrong answer gives in a case; asked more than once, it is put once."""
        key = id(wrong), i  # the exercise keeps it, so that no other gets this id
        if key not in self.known:
            self.known[key] = self.exercise.caller(wrong, seconds)(self.cases[i])
        return self.known[key]

    @cached_property
    def patience(self) -> float:
        """Seconds for one call of an answer with a slip: many times what the right answer takes."""
        begun = own_time()
        self.exercise.caller(self.exercise.reference)(self.cases[self.failing[0]])
        taken = max(0.0, own_time() - begun)  # that clock may go back a little
        return min(SECONDS, 0.1 + 10 * taken)

    @property
    def failing(self) -> list[int]:
        return [i for i, found in enumerate(self.differences) if found is not None]


@dataclass(frozen=True)
class Diagnosis:
    """The mistake by name, the sentence about it, the next step, and the case that shows it."""

    name: str
    sentence: str
    next: str = ""
    at: int | None = None


def diagnose(trial: Trial) -> Diagnosis | None:
    """The first of these that gives the learner's results: what is surest and says most comes first.

    Where an input was changed on the way, and all else is right, that is the mistake: no other is sought.
    """
    changed = all(found.kind == "changed" for found in trial.differences if found)
    return next((found for find in WAYS[: 1 if changed else None] if (found := find(trial))), None)


def shown_case(trial: Trial, candidates: Sequence[int] = ()) -> int:
    """The first of the failing cases that holds something to look at; an empty one only if all are."""
    of = list(candidates) or trial.failing
    return next((i for i in of if not _holds_nothing(trial.expected[i].value)), of[0])


def _holds_nothing(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return bool(value) and all(map(_holds_nothing, value))
    return isinstance(value, np.ndarray) and value.size == 0


# Known wrong answers


def _fitting(trial: Trial) -> Iterator[Misconception]:
    """Those whose sentence may be said: what speaks of the source has to stand there."""
    return (known for known in trial.exercise.misconceptions if not known.seen or known.seen(trial.source()))


def _listed(trial: Trial) -> Diagnosis | None:
    """The first misconception that gives the learner's own result on every case."""
    for known in _fitting(trial):
        if all(_agreements(trial, known.answer)) and _is_one_mistake(trial, known.answer, trial.failing):
            return Diagnosis(known.name, known.diagnosis, known.next, shown_case(trial))
    return None


def _mostly_listed(trial: Trial) -> Diagnosis | None:
    """The misconception that gives the learner's result on most failing cases, at least on two, or on all of
    them: the learner has made this mistake, and perhaps another one."""
    best, most = None, 0
    for known in _fitting(trial):
        same = _most_of_the_failing(trial, known.answer)
        if len(same) <= most or not _is_enough(trial, same) or not _may_be_said(trial, known, same):
            continue
        if _is_one_mistake(trial, known.answer, same):
            most = len(same)
            of = len(trial.failing)
            more = "" if most == of else f" {MOST.format(most, of)}"
            best = Diagnosis(known.name, known.diagnosis + more, known.next, shown_case(trial, same))
    return best


def _most_of_the_failing(trial: Trial, wrong: Any) -> list[int]:
    """The failing cases in which a wrong answer gives the learner's result; none where they are less than two
    thirds, which is known before all are asked."""
    same: list[int] = []
    for asked, i in enumerate(trial.failing, 1):
        if _same(trial, wrong, i):
            same.append(i)
        elif 3 * (asked - len(same)) > len(trial.failing):
            return []
    return same


CLAIMS = re.compile(r"\b(is|are|was|comes? out) right\b|\bRight,")


def _may_be_said(trial: Trial, known: Misconception, same: Sequence[int]) -> bool:
    """Whether the sentence is true of this answer: it finds no fault with a part that passes, and calls
    nothing right that fails, since this mistake fails wherever the answer does."""
    fails = [
        bool(trial.exercise.compare(e, trial.answer_of(known.answer, i)))
        for i, e in enumerate(trial.expected)
    ]
    wrong_parts = {trial.cases[i].part for i in trial.failing}
    if any(fail and one.part not in wrong_parts for fail, one in zip(fails, trial.cases, strict=True)):
        return False
    slight = same != trial.failing or _may_be_chance(trial, same)
    if slight and any(fail and found is None for fail, found in zip(fails, trial.differences, strict=True)):
        return False  # this mistake would be seen where the answer is right
    return not CLAIMS.search(known.diagnosis) or all(fails[i] for i in trial.failing)


def _may_be_chance(trial: Trial, same: Sequence[int]) -> bool:
    """Whether most of it are errors, or what is met on many ways: a whole number, one of the inputs."""
    return 2 * sum(_is_hardly_chance(trial, i) for i in same) <= len(same)


def _is_hardly_chance(trial: Trial, i: int) -> bool:
    found, given = trial.differences[i], set(_numbers(_inputs(trial, i)))
    if found is None or trial.answers[i].error:
        return False
    numbers = list(_numbers(found.got))
    return len(numbers) > ENOUGH or any(map(_is_no_whole_number, set(numbers) - given))


def _is_enough(trial: Trial, same: Sequence[int]) -> bool:
    if same == trial.failing:
        return len(same) > 1 or _is_telling(trial.answers[same[0]])
    return len(same) > 1 and 3 * len(same) >= 2 * len(trial.failing) and not _is_one_number(trial, same)


def _is_one_number(trial: Trial, same: Sequence[int]) -> bool:
    """Whether nothing but one number came back, such as 0: many mistakes end in it now and then."""
    if any(trial.answers[i].error for i in same):
        return False
    differing = [found.got for i in same if (found := trial.differences[i])]
    return len({number for got in differing for number in _numbers(got)}) <= 1


def _numbers(value: Any) -> Iterator[Any]:
    """All that is in it, however it is put together; what is no number, in words."""
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if isinstance(value, dict | tuple | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _numbers(part)
    elif value is not None:
        is_number = isinstance(value, int | float | complex | np.number) and not isinstance(value, bool)
        yield value if is_number else repr(value)


def _is_telling(answer: Answer) -> bool:
    """Whether a result is hardly met by chance, as a whole number, an error or an empty array could be."""
    try:
        numbers = np.asarray(answer.value, float)
    except (TypeError, ValueError):
        return False
    return bool(np.any(numbers != np.round(numbers))) or numbers.size > 3


def _agreements(trial: Trial, wrong: Any, seconds: float | None = None) -> Iterator[bool]:
    """Of each case whether a wrong answer gives the learner's result; first where most of them do not."""
    order = [*trial.failing[:1], *range(len(trial.cases))]
    return (_same(trial, wrong, i, seconds) for i in order)


def _same(trial: Trial, wrong: Any, i: int, seconds: float | None = None) -> bool:
    answer = trial.answer_of(wrong, i, seconds)
    if answer.timed_out:
        ENDLESS.add(wrong)
    return _same_answer(trial, answer, trial.answers[i])


def _same_answer(trial: Trial, wrong: Answer, got: Answer) -> bool:
    """Whether a known mistake gives the learner's own result.

    An error is the same if it is of the same class; whether that says enough, `_is_one_mistake` tells.
    """
    if wrong.error or got.error:
        return wrong.error == got.error
    exercise = trial.exercise
    same_way = wrong.changed == got.changed and (not exercise.quiet or bool(wrong.warned) == bool(got.warned))
    return same_way and exercise.value_difference(wrong, got) is None


def _is_one_mistake(trial: Trial, wrong: Any, same: Sequence[int]) -> bool:
    """Whether a wrong answer makes the learner's mistake, where it fails in the same cases: errors of one
    class have many causes. So a result that is hardly met by chance has to be the same in one of them, or
    every error has to say the same; not even that is enough where the results of other cases differ.
    """
    raised = [i for i in same if trial.answers[i].error]
    if not raised or _gives_a_telling_result(trial, same):
        return True
    if len(raised) == len(same) and not all(trial.answers[i].error for i in trial.failing):
        return False
    return all(_words(trial.answer_of(wrong, i)) == _words(trial.answers[i]) for i in raised)


def _gives_a_telling_result(trial: Trial, same: Sequence[int]) -> bool:
    values = [list(_numbers(trial.answers[i].value)) for i in same if not trial.answers[i].error]
    return any(len(numbers) > ENOUGH or any(map(_is_no_whole_number, numbers)) for numbers in values)


def _is_no_whole_number(number: Any) -> bool:
    return not isinstance(number, str) and bool(number != np.round(number))


OWN_WORDS = ("KeyError", "UnboundLocalError")  # these tell a key or a name of the learner's own


def _words(answer: Answer) -> str:
    """What an error says, the same in every call, whatever the learner's own words are."""
    return "" if answer.error in OWN_WORDS else NUMBER.sub("", ADDRESS.sub("", answer.detail))


# One output of several


# What is said of several outputs together, and of one alone would not be so.
TOGETHER = re.compile(
    r"order|exchanged|other way round|changed places|"
    r"\bboth\b|neither got|two gradients|each gradient|to each\b"
)


def _speaks_of_several(trial: Trial, known: Misconception) -> bool:
    """Whether a sentence finds fault with several outputs together: "dq and dk are too large"."""
    name = f"`?d?({'|'.join(map(re.escape, trial.exercise.argument_names()))})`?"
    return bool(TOGETHER.search(known.diagnosis) or re.search(rf"{name} and {name}\b", known.diagnosis))


def _listed_in_one_output(trial: Trial) -> Diagnosis | None:
    for known in _fitting(trial):
        if not _speaks_of_several(trial, known) and (output := _output_of(trial, known.answer)):
            sentence = f"{known.diagnosis} {_in_output(output)}"
            return Diagnosis(known.name, sentence, known.next, _where_output_fails(trial, output))
    return None


def _output_of(trial: Trial, wrong: Any, seconds: float | None = None) -> tuple[int] | None:
    """The output, as a tuple of its key, in which a wrong answer gives the learner's result on every case."""
    first = trial.differences[trial.failing[0]]
    key = first.path[0] if first and first.path else None
    if not isinstance(key, int) or any(answer.error for answer in trial.answers):
        return None  # what a probe tells by names is one fact, not several results
    for i in [trial.failing[0], *range(len(trial.cases))]:
        answer = trial.answer_of(wrong, i, seconds)
        if answer.error or not _same_output(trial, key, answer, trial.answers[i]):
            return None
    return (key,)


def _same_output(trial: Trial, key: Any, one: Answer, other: Answer) -> bool:
    formed = trial.exercise.formed
    try:
        a, b = formed(one.value)[key], formed(other.value)[key]
    except (TypeError, LookupError):
        return False
    return difference(a, b, trial.exercise.tolerance) is None


def _where_output_fails(trial: Trial, output: tuple[int]) -> int:
    at = [i for i in trial.failing if (found := trial.differences[i]) and found.path[:1] == output]
    return shown_case(trial, at)


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def place_in_words(path: Sequence[int | str]) -> str:
    """Where something stands in what came back: "the second result, then the first result"."""
    return ", then ".join(
        f"the {ORDINALS[step]} result" if isinstance(step, int) and step < len(ORDINALS) else str(step)
        for step in path
    )


def _in_output(output: tuple[int]) -> str:
    return f"This is in {place_in_words(output)}."


def _another_output(trial: Trial) -> Diagnosis | None:
    """An array that would be right in another's place, as where one is returned twice."""
    places = {found.path[:1] for found in trial.differences if found}
    key = next(iter(places))[0] if len(places) == 1 and () not in places else None
    if not isinstance(key, int) or key >= len(ORDINALS):
        return None
    both = [
        (trial.exercise.formed(trial.expected[i].value), trial.exercise.formed(trial.answers[i].value)[key])
        for i in trial.failing
    ]
    for other, place in enumerate(ORDINALS[: min(len(right) for right, _ in both)]):
        if other != key and all(_is_array(trial, right[other], came) for right, came in both):
            told = f"Your {ORDINALS[key]} result is what the {place} one should be."
            return Diagnosis(f"result {other + 1} for result {key + 1}", told, at=shown_case(trial))
    return None


def _is_array(trial: Trial, right: Any, came: Any) -> bool:
    return isinstance(right, np.ndarray) and difference(right, came, trial.exercise.tolerance) is None


# Calls that depend on those before


def _gives_two_results(trial: Trial) -> Diagnosis | None:
    """One call after another with the same inputs, and the same chance, has another result."""
    if (put := trial.again) is None:
        return None
    for i in {0, trial.failing[0]}:
        first, second = (_by_the_same_chance(put, trial.cases[i]) for _ in range(2))
        if first.error != second.error or _differ(trial.exercise.value_difference(first, second)):
            told = "Called twice with the same inputs, it gives two different results."
            return Diagnosis("two results", told, STAYS, shown_case(trial))
    return None


def _differ(found: Difference | None) -> bool:
    """Whether two results differ by more than being two objects, as functions and generators do."""
    if found is None or isinstance(found.got, np.ndarray):
        return found is not None
    one, other = (ADDRESS.sub("", repr(value)) for value in (found.expected, found.got))
    return one != other


STAYS = (
    "does something stay from one call to the next, as what is put into a default, `def f(x, out=[])`? Or "
    "does chance play a part, the order of a set, or a place that `np.empty` made and nothing fills?"
)


def _by_the_same_chance(put: Callable[[Case], Answer], one: Case) -> Answer:
    """A copy of the answer, since the next call may write into it."""
    with same_chance():
        answer = put(one)
    try:
        return deepcopy(answer)
    except Exception:  # such as of a generator, which nobody can copy
        return answer


# Small slips


def _slips_of(exercise: Form) -> Iterator[tuple[str, str, Any]]:
    if not can_limit_time() or not exercise.reference.__name__.isidentifier():
        return
    others = frozenset(other.reference for other in exercise.course.values()) - {exercise.reference}
    for slip in slips(exercise.reference, others):
        if slip.answer not in ENDLESS:
            yield slip.name, SLIP.format(slip.told), slip.answer


def _slipped(trial: Trial) -> Diagnosis | None:
    """The first slip that gives the learner's own result on every case. Errors alone tell no slip from
    another: some case that fails has to have a result."""
    if all(trial.answers[i].value is None for i in trial.failing) or not _some_result_tells(trial):
        return None
    for name, sentence, wrong in _slips_of(trial.exercise):
        if all(_agreements(trial, wrong, trial.patience)):
            return Diagnosis(name, sentence, at=shown_case(trial))
    return None


def _some_result_tells(trial: Trial) -> bool:
    """Whether the cases that fail tell more of a slip than an error, nan and infinity, or one and the same
    word of a probe: nobody has seen learners make it."""
    raised = any(trial.answers[i].error for i in trial.failing)
    values = [trial.answers[i].value for i in trial.failing]
    in_a_word = isinstance(values[0], str) and len(set(map(repr, values))) == 1
    if in_a_word or (raised and not _gives_a_telling_result(trial, trial.failing)):
        return False
    wrong = [number for found in trial.differences if found for number in _wrong_numbers(found)]
    return not wrong or any(not isinstance(one, float | np.floating) or np.isfinite(one) for one in wrong)


def _wrong_numbers(found: Difference) -> list[Any]:
    """The numbers that came back where others were expected."""
    got = found.got[tuple(zip(*found.entries, strict=True))] if found.entries else found.got
    return [number for number in _numbers(got) if not isinstance(number, str)]


def _slipped_in_one_output(trial: Trial) -> Diagnosis | None:
    for name, sentence, wrong in _slips_of(trial.exercise):
        if output := _output_of(trial, wrong, trial.patience):
            told = f"{sentence} {_in_output(output)}"
            return Diagnosis(name, told, at=_where_output_fails(trial, output))
    return None


# Arithmetic


def _by_arithmetic(trial: Trial) -> Diagnosis | None:
    return _related(trial, strong_relation)


def _empty(trial: Trial) -> Diagnosis | None:
    """A tuple or list without anything in it, whatever was asked."""
    values = [trial.answers[i].value for i in trial.failing]
    if not all(type(value) in (tuple, list) and not value for value in values):
        return None
    at = shown_case(trial)
    sentence = f"Your result is an empty {type(trial.answers[at].value).__name__}."
    return Diagnosis("nothing in it", sentence, at=at)


def describe(trial: Trial) -> Diagnosis | None:
    """What the results look like, where no mistake is found that gives them."""
    return _related(trial, weak_relation) or _right_where(trial)


def _related(trial: Trial, relation: Callable[[list[Pair]], tuple[str, str] | None]) -> Diagnosis | None:
    """One relation between what came back and what was expected, the same in all cases that fail."""
    found = [one for one in trial.differences if one is not None]
    if any(one.kind not in ("value", "shape") for one in found):
        return None
    some_pass = len(found) < len(trial.cases)
    for where, pairs in _compared(trial, found):
        told = None if some_pass and numbers_in(pairs) < ENOUGH else relation(pairs)
        if told is None:
            continue
        name, sentence = told
        if places := ", ".join(["in the cases that fail"] * some_pass + [where] * bool(where)):
            sentence = f"{places[0].upper()}{places[1:]}, {sentence[0].lower()}{sentence[1:]}"
        return Diagnosis(name, sentence, at=shown_case(trial))
    return None


def _compared(trial: Trial, found: Sequence[Difference]) -> Iterator[tuple[str, list[Pair]]]:
    """What a relation may be sought in, and where that is: all that came back, or what differs in each of the
    cases that fail, if that is always one part of it."""
    formed = trial.exercise.formed
    whole = [
        Pair(got, expected, _inputs(trial, i))
        for i in trial.failing
        for got, expected in _parts(formed(trial.answers[i].value), formed(trial.expected[i].value))
    ]
    yield "", whole
    path = found[0].path
    if not path or any(one.path != path for one in found):
        return
    fact = found[0].fact
    if not fact and all(np.ndim(one.expected) == 0 for one in found):
        return  # one number of several
    where = f"in “{place_in_words(path)}”" if fact else f"in {place_in_words(path)}"
    yield (
        where,
        [Pair(d.got, d.expected, _inputs(trial, i)) for i, d in zip(trial.failing, found, strict=True)],
    )


def _parts(got: Any, expected: Any) -> Iterator[tuple[Any, Any]]:
    """All that differs or not, part by part, as far as both have the same parts."""
    if isinstance(got, dict) and isinstance(expected, dict) and got.keys() == expected.keys():
        pairs = [(got[key], expected[key]) for key in expected]
    elif isinstance(got, tuple | list) and isinstance(expected, tuple | list) and len(got) == len(expected):
        pairs = list(zip(got, expected, strict=True))
    else:
        yield got, expected
        return
    for pair in pairs:
        yield from _parts(*pair)


def _inputs(trial: Trial, i: int) -> dict[str, Any]:
    case = trial.cases[i]
    return {**dict(zip(trial.exercise.argument_names(), case.args, strict=False)), **case.kwargs}


def _right_where(trial: Trial) -> Diagnosis | None:
    """An argument whose one value stands in all cases that pass, and in none that fails."""
    right = [i for i, found in enumerate(trial.differences) if found is None]
    if len(right) < 2 or len(trial.failing) < 2:
        return None
    known_to_the_learner = signature(trial.exercise.reference).parameters  # a probe may take more
    for name in filter(known_to_the_learner.__contains__, _inputs(trial, right[0])):
        values = [_inputs(trial, i).get(name) for i in range(len(trial.cases))]
        value = values[right[0]]
        if not isinstance(value, bool | int | str | tuple) or (isinstance(value, tuple) and len(value) > 2):
            continue
        if all(
            (type(v) is type(value) and same_data(v, value)) == (i in right) for i, v in enumerate(values)
        ):
            sentence = f"It is right wherever {name} is {value!r}, and wrong wherever it is not."
            return Diagnosis(f"right where {name} is {value!r}", sentence, at=shown_case(trial))
    return None


WAYS = (
    _listed,
    _listed_in_one_output,
    _gives_two_results,
    _another_output,
    _by_arithmetic,
    _empty,
    _slipped,
    _slipped_in_one_output,
    _mostly_listed,
)
