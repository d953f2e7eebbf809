"""What can be said of a case that failed where no mistake is known: of its form, its error, its numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revgraph.checks import tables
from revgraph.checks.call import Answer, Case
from revgraph.checks.compare import Difference
from revgraph.checks.diagnose import Diagnosis, place_in_words
from revgraph.checks.form import Form
from revgraph.checks.hints import undefined, unwritten

COPIES = {
    "array": "make a new array: `a + 1` leaves a as it is, `a += 1` writes into it.",
    "arrays": "make new arrays, a new list: `all[0] += 1` writes into an array, `all[0] = 1` into the list.",
    "table": "begin with a table of your own: `t = t.copy()`.",
    "list": "make a new list: `sorted(a)` leaves a as it is, `a.sort()` and `a.append(b)` change it.",
    "dict": "make a new one: `d = dict(d)`; then your changes are your own.",
    "set": "make a new set: `a | b` leaves a as it is, `a.add(b)` changes it.",
}
NO_NAME = ""  # of a sentence that tells what is there, and no mistake


@dataclass(frozen=True)
class Failure:
    """A case that failed; ``some_return`` tells whether others got an answer that is no error."""

    case: Case
    expected: Answer
    got: Answer
    difference: Difference
    some_return: bool = False


def explain(exercise: Form, failure: Failure) -> Diagnosis:
    """A sentence on one case that failed, and the next step."""
    found, got = failure.difference, failure.got
    if got.timed_out:
        return Diagnosis(
            "never ends", f"It did not return within {got.detail} s. Is there a loop that never ends?"
        )
    if got.not_written:
        return _of_what_is_not_written(exercise, failure)
    if found.kind == "error":
        return _of_an_error(exercise, failure)
    if found.kind == "changed":
        told = f"The result is right, but your code changed its input {_names(exercise, got)} on the way."
        return Diagnosis("changes its input", told, _how_to_copy(failure))
    if found.kind == "warned":
        told = f"The result is right, but NumPy warned on the way: {got.warned[0]}."
        return Diagnosis("warns", told, exercise.next)
    return replace(OF_KIND[found.kind](found), next=_next_step(exercise, found))


def _how_to_copy(failure: Failure) -> str:
    """For the first of the inputs that was changed."""
    which = failure.got.changed[0]
    inputs: Any = failure.case.args if isinstance(which, int) else failure.case.kwargs
    try:
        value = inputs[which]
    except (IndexError, KeyError):  # an answer from a graded notebook may claim anything
        return COPIES["array"]
    if isinstance(value, list | tuple) and any(isinstance(one, np.ndarray) for one in value):
        return COPIES["arrays"]
    return COPIES["table"] if tables.kind(value) else COPIES.get(type(value).__name__, COPIES["array"])


def _names(exercise: Form, got: Answer) -> str:
    names = exercise.argument_names()
    return " and ".join(names[c] if isinstance(c, int) and c < len(names) else str(c) for c in got.changed)


def _of_what_is_not_written(exercise: Form, failure: Failure) -> Diagnosis:
    """Other cases get an answer: so some way through the function leads to a line that is still missing."""
    function, part = failure.got.missing, failure.case.part
    if function in exercise.course and function != exercise.name:
        return Diagnosis(NO_NAME, f"Here your lines call {function}.", unwritten(function))
    told = f"This part, {part}, is not written yet." if part else "For such inputs nothing is written yet."
    return Diagnosis(NO_NAME, told, "write your own lines in place of `raise NotImplementedError`.")


# Errors


def _of_an_error(exercise: Form, failure: Failure) -> Diagnosis:
    got = failure.got
    if not got.error:
        told = f"These inputs have no answer: your function should raise {failure.expected.error}."
        return Diagnosis("raises nothing", told, exercise.next)
    if got.error == "NameError" and got.missing:
        return Diagnosis("not defined", undefined(got.missing))
    if got.error == "RecursionError":
        return _of_a_recursion(failure)
    if called_wrongly(got):
        return Diagnosis(
            "takes other arguments",
            "It cannot be called like this. Is its first line, `def ...`, as it was given?",
        )
    if asked := failure.expected.error:
        told = f"An error is right here, but it should be {asked}; yours is {got.error}."
        return Diagnosis("another error", told, f'`raise {asked}("...")` with a message of your own.')
    if not got.line and (lacking := LACKING.search(got.detail)) and lacking[1] != "NoneType":
        told = f"`{lacking[2]}` is asked for, and your {lacking[1]} has none."
        return Diagnosis(f"no {lacking[2]}", told, SPELLED)
    if not got.line:
        told = "The error arose when your function was called, or when its result was used."
        return Diagnosis(NO_NAME, told, exercise.next)
    if got.line.startswith("raise"):
        return Diagnosis(NO_NAME, OTHER, "should it raise an error on these inputs?")
    if got.error == "KeyError" and not NOTHING_LEFT.search(got.detail):
        return _of_a_key(exercise, got)
    for error, words, name, told, step in OF_ERRORS:
        if got.error == error and (found := re.search(words, got.detail)):
            return Diagnosis(name, told.format(*map(with_article, found.groups()), got=got), step)
    return Diagnosis(NO_NAME, OTHER, LOOK)


def _of_a_key(exercise: Form, got: Answer) -> Diagnosis:
    """What lacks the key may be a dict, a set or a table: the error does not say."""
    told = f"That line looks for {got.detail} where it is not."
    if "memory" in exercise.argument_names():
        return Diagnosis(
            "no such entry",
            f"{told} Is it there at the first call?",
            "`memory.get(name, 0.0)` gives a start where there is no entry yet.",
        )
    return Diagnosis("no such entry", told, "print what it is looked for in, just above that line.")


OTHER = "Your code raised an error on these inputs."
NOTHING_LEFT = re.compile(r"^'(pop from an empty set|popitem\(\): dictionary is empty)'$")
LACKING = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
SPELLED = "is it made, spelled as in the text, and does it stand inside the class?"
LOOK = "print, just above that line, what it uses: is each what you think it is?"
SHAPES = "print the shapes of what meets in that line, just above it. Which is not what you expect?"
UNFIT = "Arrays meet in that line whose shapes do not fit."
NONE = "Something in that line is None. Does the function that made it `return` anything?"
NUMBER = "An array stands in that line where one number is needed."
DIVIDES = "`//` divides integers into an integer, `/` makes a float."
BEYOND = "print the index and what it points into, just above that line."
FLOAT = r"float\d*"
TOO_FEW = "A function is called in that line with an argument too few."
# What is not written in Python counts what it was given, too few as well as too many.
FEWER = r"(?:exactly|least|from|expected) [{}-9]\b.*\b(?:got {}|{} (?:was |were )?given)"
FEWER_GIVEN = "|".join((r"\b(?:got 0|0 (?:were )?given)", FEWER.format(2, 1, 1), FEWER.format(3, 2, 2)))
ASKED = "what does its first line, `def ...`, ask for?"
NOT_YET = "A name is used in that line before it got a value on this way."
NEVER_SET = "on which way through your function is it never set?"
# Of each kind of error: its class, a pattern of what Python says; the name, the sentence, the next step. A
# type that the pattern catches stands in the sentence.
OF_ERRORS: tuple[tuple[str, str, str, str, str], ...] = (
    ("ValueError", "could not be broadcast", "shapes do not fit", UNFIT, SHAPES),
    ("ValueError", "could not broadcast", "shapes do not fit", UNFIT, SHAPES),
    ("ValueError", "matmul", "shapes do not fit", UNFIT, SHAPES),
    ("ValueError", "not aligned", "shapes do not fit", UNFIT, SHAPES),
    (
        "ValueError",
        "cannot reshape",
        "cannot reshape",
        "That line asks for a shape with another number of entries.",
        SHAPES,
    ),
    (
        "ValueError",
        "repeated axis",
        "an axis twice",
        "That line names one axis twice.",
        "each axis of the array has one place: which is missing?",
    ),
    (
        "ValueError",
        "axes don't match",
        "other number of axes",
        "That line names more or fewer axes than the array has.",
        "print the array's shape just above that line.",
    ),
    (
        "ValueError",
        "truth value",
        "array as a condition",
        "An array stands in that line where one yes or no is needed.",
        "do `np.where`, `.any()` or `.all()` say what you mean?",
    ),
    (
        "ValueError",
        "unpack",
        "cannot unpack",
        "That line takes apart more or fewer things than there are.",
        "print what stands on the right of `=`: how many are there?",
    ),
    (
        "AxisError",
        "",
        "no such axis",
        "That line names an axis that the array does not have.",
        "print the array's shape just above that line; axes count from 0.",
    ),
    (
        "IndexError",
        r"index -\d+ is out of bounds",
        "index out of range",
        "An index in that line counts back from the end, beyond the beginning.",
        BEYOND,
    ),
    (
        "IndexError",
        "is out of bounds",
        "index out of range",
        "An index in that line points beyond the end.",
        BEYOND,
    ),
    (
        "IndexError",
        "out of range",
        "index out of range",
        "An index in that line points to where nothing is.",
        BEYOND,
    ),
    (
        "IndexError",
        "empty",
        "nothing to take",
        "That line takes something out of what is empty.",
        "is it filled before, and when does it run out?",
    ),
    (
        "KeyError",
        NOTHING_LEFT.pattern,
        "nothing to take",
        "That line takes something out of what is empty.",
        LOOK,
    ),
    (
        "IndexError",
        "too many indices",
        "too many indices",
        "That line has more indices than the array has axes.",
        "print the array's shape just above that line.",
    ),
    (
        "IndexError",
        "only integers, slices",
        "no integer as an index",
        "In the brackets of that line stands something that is no integer.",
        f"print its `type(...)` just above that line. {DIVIDES}",
    ),
    (
        "IndexError",
        "arrays used as indices",
        "no integers as indices",
        "The array that stands in the brackets of that line does not hold integers.",
        "print its `dtype` just above that line.",
    ),
    (
        "IndexError",
        "boolean index did not match",
        "mask of another shape",
        "A mask in that line has another shape than the array it selects from.",
        SHAPES,
    ),
    (
        "IndexError",
        "invalid index to scalar",
        "no index here",
        "Something has an index in that line that is a single number.",
        LOOK,
    ),
    ("IndexError", "shape mismatch", "shapes do not fit", UNFIT, SHAPES),
    ("AttributeError", "NoneType", "uses None", NONE, LOOK),
    ("TypeError", "NoneType", "uses None", NONE, LOOK),
    (
        "AttributeError",
        "",
        "no such attribute",
        "In that line something lacks what is asked of it: {got.detail}.",
        "print its `type(...)` just above that line.",
    ),
    (
        "TypeError",
        "not callable",
        "calls what is no function",
        "Something is called in that line that is no function.",
        "which name stands before the `(`, and what is it at this point?",
    ),
    (
        "TypeError",
        rf"'(?:\w+\.)?{FLOAT}' object cannot be interpreted as an integer",
        "a float for an integer",
        "A float stands in that line where an integer is needed.",
        DIVIDES,
    ),
    (
        "TypeError",
        r"'(?:\w+\.)*(\w+)' object cannot be interpreted as an integer",
        "something else for an integer",
        "In that line stands {} where an integer is needed.",
        "which integer is meant there? Print what stands in its place, just above that line.",
    ),
    (
        "TypeError",
        rf"indices must be integers or slices, not (?:\w+\.)?{FLOAT}",
        "a float for an integer",
        "A float stands in the brackets of that line where an integer is needed.",
        DIVIDES,
    ),
    (
        "TypeError",
        r"(list|tuple) indices must be integers or slices, not tuple",
        "two indices at once",
        "In that line {} is given several indices at once, as only an array takes them.",
        "`rows[i][j]` is an entry of a list of lists, `a[i, j]` one of an array.",
    ),
    (
        "TypeError",
        r"(list|tuple|string) indices must be integers(?: or slices)?, not '?(?:\w+\.)*(\w+)",
        "something else for an integer",
        "In that line {} is given {} as an index, where it takes an integer.",
        LOOK,
    ),
    (
        "TypeError",
        "slice indices must be integers",
        "no integer in a slice",
        "A slice in that line begins or ends at something that is no integer.",
        f"print its `type(...)` just above that line. {DIVIDES}",
    ),
    (
        "TypeError",
        "only integer scalar arrays",
        "an array for an integer",
        "An array stands in that line where an integer is needed.",
        LOOK,
    ),
    (
        "TypeError",
        "unsupported operand",
        "unfit operands",
        "The operator in that line cannot join these two: {got.detail}.",
        "print the `type(...)` of both, just above that line.",
    ),
    (
        "TypeError",
        "not subscriptable",
        "no index here",
        "Something has an index in that line that has no entries.",
        LOOK,
    ),
    (
        "TypeError",
        "not iterable",
        "not a sequence",
        "That line goes through something that is no sequence.",
        LOOK,
    ),
    ("TypeError", "required positional argument", "an argument too few", TOO_FEW, ASKED),
    ("TypeError", FEWER_GIVEN, "an argument too few", TOO_FEW, ASKED),
    (
        "TypeError",
        "given|arguments?, got",
        "an argument too many",
        "A function is called in that line with an argument too many.",
        ASKED,
    ),
    (
        "TypeError",
        "can't multiply sequence",
        "multiplies a text or a list",
        "A text, a list or a tuple is multiplied in that line, not a number.",
        "print the `type(...)` of both sides, just above that line.",
    ),
    (
        "TypeError",
        "no callable",
        "no numbers for NumPy",
        "NumPy is given something in that line that holds no numbers.",
        "print the `type(...)` of what the function is given, just above that line.",
    ),
    (
        "ValueError",
        r"(?:max|min)\(\)|arg(?:max|min)|reduction operation (?:max|min|fmax|fmin)",
        "nothing to choose from",
        "That line looks for the largest or smallest of nothing at all.",
        "is what it looks through filled before?",
    ),
    (
        "ValueError",
        "do not sum to 1",
        "chances do not sum to 1",
        "The chances that are drawn with in that line do not sum to 1.",
        LOOK,
    ),
    ("TypeError", "only length-1 arrays", "an array for a number", NUMBER, LOOK),
    ("TypeError", "only 0-dimensional", "an array for a number", NUMBER, LOOK),
    (
        "ZeroDivisionError",
        "power",
        "0 to a negative power",
        "That line raises 0 to a negative power, which would be 1 divided by 0.",
        "for which inputs is the base 0? What should come out then?",
    ),
    (
        "ZeroDivisionError",
        "",
        "divides by zero",
        "That line divides by 0.",
        "for which inputs is the divisor 0? What should come out then?",
    ),
    (
        "SearchesAList",
        "",
        "searches a list",
        "A list is searched for a node in that line, over and over: each search may go through all of it.",
        "which kind of collection knows at once whether it holds something?",
    ),
    (
        "OverflowError",
        r"out of bounds for (u?int\d+)",
        "too large for its type",
        "In that line stands a number that does not fit into {}.",
        "print the `dtype` of the array there: from where to where does it reach?",
    ),
    (
        "OverflowError",
        "infinity",
        "an integer of what is infinite",
        "Something infinite is to become an integer in that line.",
        LOOK,
    ),
    (
        "OverflowError",
        "too large|too big",
        "too large an integer",
        "An integer in that line is larger than what is to hold it.",
        LOOK,
    ),
    ("OverflowError", "", "overflows", "A number grows beyond what a float holds in that line.", LOOK),
    ("UnboundLocalError", "", "used before it is set", NOT_YET, NEVER_SET),
    ("NameError", "free variable", "used before it is set", NOT_YET, NEVER_SET),
)


def _of_a_recursion(failure: Failure) -> Diagnosis:
    if failure.some_return:
        told = "It called itself deeper than Python allows."
        step = "does it come to an end on these inputs at all? If it does, write it as a loop."
        return Diagnosis("too deep", told, step)
    told = "It calls itself again and again, and nothing ends it."
    return Diagnosis(
        "calls itself without end", told, "which operator or call in that line leads back to it?"
    )


MISCALLED = re.compile(
    r"positional argument|keyword argument|keyword-only argument|multiple values|takes no arg"
)


def called_wrongly(got: Answer) -> bool:
    """Whether the function does not even begin, since it does not take these arguments."""
    return got.error == "TypeError" and not got.line and bool(MISCALLED.search(got.detail))


# Form


def _next_step(exercise: Form, found: Difference) -> str:
    if found.got is None:
        return ""  # the missing return is the next step
    forms = (type(found.expected), type(found.got))
    if found.kind != "type" or _in_words(found):
        return exercise.next
    if forms == (np.ndarray, list):
        return "`np.array(...)` makes an array of a list."
    if isinstance(found.expected, tuple) and len(found.expected) == 1:
        return "`(a,)` is a tuple of one thing."
    if found.path and not found.fact:
        return exercise.next  # the type of what is inside says nothing of the `return`
    if isinstance(found.got, tuple) and len(found.got) == 1:
        where = "too many: `(a,)`" if found.path else "after what you return: `return a,`"
        return f"look for a comma {where} makes a tuple."
    if forms == (tuple, np.ndarray):
        return f"return {len(found.expected)} results with commas between them: `return a, b`."
    return "look at your `return`: what is of this type there?"


def _type(found: Difference) -> Diagnosis:
    if found.got is None and found.path and isinstance(found.path[-1], int):
        return Diagnosis("None among the results", "What came back holds None in this place.")
    if found.got is None and found.fact not in RETURNED:
        return Diagnosis(
            "nothing there", f"“{found.fact}” is None. Is a `return` missing, or nothing put there?"
        )
    if found.got is None:
        return Diagnosis("returns nothing", "It returned None. Is a `return` missing?")
    if _in_words(found):
        return Diagnosis(str(found.got), f"What came back: {found.got}.")
    if isinstance(found.expected, tuple) and len(found.expected) == 1 and _is_same(found):
        told = f"`({found.got!r})` is that {type(found.got).__name__} itself; a tuple of one needs a comma."
        return Diagnosis("a comma is missing", told)
    got = _a(found.got)
    return Diagnosis(f"returns {got}", f"{_came(found, 'is')} {got}; expected is {_a(found.expected)}.")


def _is_same(found: Difference) -> bool:
    """Whether the one thing that is expected within a tuple came back without it."""
    return isinstance(found.got, int | float | str) and found.got == found.expected[0]


def _in_words(found: Difference) -> bool:
    """Whether a probe, instead of the facts it tells, says why there are none."""
    return isinstance(found.got, str) and isinstance(found.expected, dict)


RETURNED = ("", "the result")  # the facts that are what came back itself


def _came(found: Difference, verb: str) -> str:
    """How a sentence about the value begins: a probe may have a name for it."""
    if inner := found.path[1:] if found.fact else found.path:
        place = place_in_words(inner)
        return f"In “{found.fact}”, {place} {verb}" if found.fact else f"{place[0].upper()}{place[1:]} {verb}"
    return "It returned" if found.fact in RETURNED else f"“{found.fact}” {verb}"


def _a(value: Any) -> str:
    return with_article("array" if isinstance(value, np.ndarray) else type(value).__name__)


def with_article(name: str) -> str:
    name = "array" if name == "ndarray" else name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _items(n: int) -> str:
    return f"{n} item" if n == 1 else f"{n} items"


def _length(found: Difference) -> Diagnosis:
    told = f"{_came(found, 'has')} {_items(len(found.got))} in place of {len(found.expected)}."
    return Diagnosis(f"{len(found.got)} for {len(found.expected)} items", told)


def _shape(found: Difference) -> Diagnosis:
    got, expected = np.asarray(found.got), np.asarray(found.expected)
    return Diagnosis(NO_NAME, f"The shape is {got.shape}; expected is {expected.shape}.")


def _dtype(found: Difference) -> Diagnosis:
    got, expected = np.asarray(found.got).dtype, np.asarray(found.expected).dtype
    return Diagnosis("other dtype", f"The numbers come as {got}; expected is {expected}.")


def _value(found: Difference) -> Diagnosis:
    try:
        got, expected = (
            np.asarray(one, complex if np.iscomplexobj(one) else float) for one in (found.got, found.expected)
        )
    except (TypeError, ValueError, OverflowError):
        in_words = found.path[-1:] == ("the result",)  # what a probe says of it
        told = f"It returned {found.got}; expected is {found.expected}." if in_words else ""
        mistake, colon, _ = str(found.got).partition(": ")  # a probe may name it, before an example
        return Diagnosis(mistake if colon and isinstance(found.got, str) else NO_NAME, told)
    if np.isnan(got).any() and not np.isnan(expected).any():
        return Diagnosis("nan", "Some of it is nan, not a number.")
    if np.isinf(got).any() and not np.isinf(expected).any():
        return Diagnosis("inf", "Some of it is infinite.")
    return Diagnosis(NO_NAME, f"{len(found.entries)} of {got.size} entries differ." if got.size > 1 else "")


OF_KIND: dict[str, Callable[[Difference], Diagnosis]] = {
    "type": _type,
    "length": _length,
    "shape": _shape,
    "dtype": _dtype,
    "value": _value,
}
