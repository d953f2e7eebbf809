"""Judging classes: parameters are set to known numbers, then the output and every gradient is read."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch02_scalar_autodiff.backward import backward
from revgraph.checks.chapters.common import once_more

Numbers = Sequence[float]
CALLED_AGAIN = "The first call is right; the same call once more gives something else. A call must change nothing that the next one uses."
OTHER_PARAMETERS = "Called again, `parameters()` gives more or fewer than at the first call. It is called in each step of a training."
WHAT_STAYS = "which of your lines puts something into `self.…`, or into the list that was given, and should it stay there?"
TORCH = "PyTorch 2.13.0, the same formula"


def value_class(candidate: Any) -> Any:
    """The class Value that the candidate itself computes with; ours, where it has none that is complete."""
    theirs = getattr(candidate, "__globals__", {}).get("Value")
    return theirs if isinstance(theirs, type) and sends_back(theirs) else our_values()


def our_values() -> Any:
    """Ours; asked for as late as this, since where a Value is the student's to write, ours is not there."""
    from revgraph.dagnet.engine import Value

    return Value


def sends_back(value_class: type) -> bool:
    """Whether its Values pass gradients on, as those of chapter 02 do."""
    try:
        return hasattr(value_class, "backward") or hasattr(value_class(0.0), "_backward")
    except Exception:  # it is a learner's class
        return False


def send_back(value: Any) -> None:
    """Fill the gradients below a Value; with chapter 02's function, where its class has no method for it."""
    if hasattr(value, "backward"):
        value.backward()
    else:
        backward(value)


@contextmanager
def drawing_the_same_numbers() -> Iterator[None]:
    """Parameters that ``parameters()`` leaves out keep what they drew; so two wrong answers look alike."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)


def parameters_of(module: Any) -> list[Any]:
    """What ``parameters()`` gives, which is asked for anew in each step of a training.

    Raises ValueError where another call gives more or fewer.
    """
    parameters = list(module.parameters())
    if (again := len(list(module.parameters()))) != len(parameters):
        raise ValueError(f"parameters() gives {len(parameters)}, and when called again {again}")
    return parameters


def facts_of(module: Any, x: Any, all_parameters: float) -> Any:
    """What a module with these parameters gives for x, and the gradients of all that takes part."""
    parameters = parameters_of(module)
    set_to(parameters, [all_parameters] * len(parameters))
    make = type(parameters[0]) if parameters else our_values()
    inputs = type(x)(make(number) for number in x)
    given = type(x)(inputs)
    out = module(given)
    outs, again = listed(out), once_more(module, given)
    if out is None:
        return None
    facts: dict[str, Any] = {
        "number of parameters": len({id(p) for p in parameters}),
        "result": f"a list of {len(outs)}" if isinstance(out, list | tuple) else "one Value",
        "output": numbers_of(outs),
        "output, called again": numbers_of(listed(again)),
    }
    send_back(outs[-1])  # in any order, since parameters() may list them in any
    facts["gradients of the parameters, sorted"] = np.sort(gradients_of(parameters))
    facts["gradient of x"] = gradients_of(inputs)
    return facts


def listed(out: Any) -> list[Any]:
    return list(out) if isinstance(out, list | tuple) else [out]


def numbers_of(outs: list[Any]) -> np.ndarray:
    return np.array([number_of("the output", o) for o in outs])


def set_to(values: Any, numbers: Numbers) -> None:
    for value, number in zip(values, numbers):
        number_of("a parameter", value)
        value.data = number


def number_of(what: str, value: Any) -> float:
    if not hasattr(value, "data") or not hasattr(value, "grad"):
        raise TypeError(f"{what} is of type {type(value).__name__}, not a Value")
    if not isinstance(value.data, int | float | np.number):
        raise TypeError(f"{what} holds a {type(value.data).__name__} in its data, not a number")
    return float(value.data)


def gradients_of(values: Any) -> np.ndarray:
    return np.array([float(value.grad) for value in values])


def floats(numbers: Any) -> list[float]:
    return [float(number) for number in numbers]
