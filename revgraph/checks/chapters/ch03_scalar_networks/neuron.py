"""Neuron: a weighted sum, a bias and a bend."""

import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch03_scalar_networks.common import (
    CALLED_AGAIN,
    OTHER_PARAMETERS,
    TORCH,
    WHAT_STAYS,
    Numbers,
    drawing_the_same_numbers,
    floats,
    gradients_of,
    number_of,
    parameters_of,
    send_back,
    set_to,
)
from revgraph.checks.chapters.common import Function, Rng, calls_max, once_more, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet.engine import Value


class Neuron:
    """A weight for each input, a bias, and relu if nonlinear."""

    def __init__(self, n_inputs: int, nonlinear: bool = True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.nonlinear = nonlinear

    def __call__(self, x: Any) -> Any:
        total = sum((weight * x_i for weight, x_i in zip(self.w, x)), self.b)
        return total.relu() if self.nonlinear else total

    def parameters(self) -> Any:
        return [*self.w, self.b]


def neuron_facts(Neuron: Any, w: Numbers, b: float, x: Numbers, nonlinear: bool = True) -> Any:
    """What a neuron with these weights and this bias gives for x, and the gradients of all of them."""
    with drawing_the_same_numbers():
        neuron = Neuron(len(w)) if nonlinear else Neuron(len(w), False)
        at_first = [number_of("w", weight) for weight in neuron.w]
        next_one = [number_of("w", weight) for weight in Neuron(len(w)).w]
    bias_at_first = number_of("b", neuron.b)
    set_to(neuron.w, w)
    set_to([neuron.b], [b])
    bias = neuron.b
    inputs = [type(bias)(number) for number in x]
    given = list(inputs)
    out, again = neuron(given), once_more(neuron, given)
    if out is None:
        return None
    number_of("the output", out)
    send_back(out)
    names = {id(weight): f"w{i}" for i, weight in enumerate(neuron.w)} | {id(neuron.b): "b"}
    return {
        "number of weights": len(at_first),
        "weights at first": drawn_how(at_first, next_one),
        "bias at first": bias_at_first,
        "output": number_of("the output", out),
        "output, called again": number_of("the output", again),
        "parameters()": ", ".join(sorted(names.get(id(p), f"a {type(p).__name__}") for p in parameters_of(neuron))),
        "gradient of w": gradients_of(neuron.w),
        "gradient of b": float(bias.grad),
        "gradient of x": gradients_of(inputs),
    }  # fmt: skip


def drawn_how(weights: list[float], next_one: list[float]) -> str:
    """In words, how a neuron, and the next one, came by their first weights; Python's own generator was seeded
    before."""
    if len(weights) > 1 and len(set(weights)) == 1:
        return "all are equal"
    if len(set(weights)) < len(weights):
        return "some are equal"
    generator = random.Random(0)
    expected = sorted(generator.uniform(-1, 1) for _ in weights)
    if not np.allclose(sorted(weights), expected):
        return "not from random.uniform(-1, 1)"
    again = next_one == weights
    return f"as random.uniform(-1, 1) draws them{', and the same in the next neuron' if again else ''}"


def neuron_cases(rng: Rng) -> Iterator[Case]:
    w, x = rng.uniform(0.2, 1.0, size=(2, 4))
    yield case(w=[2.0], b=1.0, x=[3.0])
    yield case(w=[2.0, -1.0], b=0.5, x=[3.0, 4.0])
    yield case(w=[2.0, -1.0], b=-3.0, x=[0.5, 4.0])
    yield case(w=[2.0, -1.0], b=-3.0, x=[0.5, 4.0], nonlinear=False)
    yield case(w=[-1.0, 0.5, -0.5], b=2.0, x=[1.0, 2.0, 3.0])
    yield case(w=[-1.0, 0.5, -0.5], b=-2.0, x=[1.0, 2.0, 3.0])
    yield case(w=[-1.0, 0.5, -0.5], b=-2.0, x=[1.0, 2.0, 3.0], nonlinear=False)
    yield case(w=floats(w), b=float(rng.normal() ** 2), x=floats(x))
    yield case(w=floats(-w), b=-1.0, x=floats(x))


class Summing(Neuron):
    """A neuron in two steps, of which a wrong one replaces one."""

    def __call__(self, x: Any) -> Any:
        return self.finish(self.total(x))

    def total(self, x: Any) -> Any:
        return sum((w * x_i for w, x_i in zip(self.w, x)), self.b)

    def finish(self, total: Any) -> Any:
        return total.relu() if self.nonlinear else total


class NoBias(Summing):
    def total(self, x: Any) -> Any:
        return sum((w * x_i for w, x_i in zip(self.w, x)), Value(0.0))


class AlwaysRelu(Summing):
    def finish(self, total: Any) -> Any:
        return total.relu()


class NeverRelu(Summing):
    def finish(self, total: Any) -> Any:
        return total


class OtherWayRound(Summing):
    def finish(self, total: Any) -> Any:
        return total if self.nonlinear else total.relu()


class ReluBeforeBias(Summing):
    def __call__(self, x: Any) -> Any:
        total = sum((w * x_i for w, x_i in zip(self.w, x)), Value(0.0))
        return self.finish(total) + self.b


class BiasEachTime(Summing):
    def total(self, x: Any) -> Any:
        return sum((w * x_i + self.b for w, x_i in zip(self.w, x)), Value(0.0))


class ReluOfEach(Summing):
    def total(self, x: Any) -> Any:
        return sum((self.finish(w * x_i) for w, x_i in zip(self.w, x)), self.b)


class ReluOfEachProduct(Neuron):
    def __call__(self, x: Any) -> Any:
        products = (w * x_i for w, x_i in zip(self.w, x))
        return sum((one.relu() if self.nonlinear else one for one in products), self.b)


class Adds(Summing):
    def total(self, x: Any) -> Any:
        return sum((w + x_i for w, x_i in zip(self.w, x)), self.b)


class LastInputOnly(Summing):
    def total(self, x: Any) -> Any:
        return self.w[-1] * x[-1] + self.b


class ReturnsInTheLoop(Summing):
    def total(self, x: Any) -> Any:
        return self.w[0] * x[0] + self.b


class Forgetting(Summing):
    """Numbers in place of Values."""

    def total(self, x: Any) -> Any:
        return Value(sum(w.data * x_i.data for w, x_i in zip(self.w, x)) + self.b.data)


class MaxOfValues(Summing):
    def finish(self, total: Any) -> Any:
        return max(Value(0.0), total) if self.nonlinear else total


class SumsInTheBias(Summing):
    def total(self, x: Any) -> Any:
        for w, x_i in zip(self.w, x):
            self.b = self.b + w * x_i
        return self.b


class SumsInItself(Summing):
    def __init__(self, n_inputs: int, nonlinear: bool = True):
        super().__init__(n_inputs, nonlinear)
        self.sum: Any = 0

    def total(self, x: Any) -> Any:
        self.sum = sum((w * x_i for w, x_i in zip(self.w, x)), self.sum)
        return self.sum + self.b


class WritesIntoX(Summing):
    def total(self, x: Any) -> Any:
        for i, w in enumerate(self.w):
            x[i] = w * x[i]
        return sum(x, self.b)


class HidesBias(Neuron):
    def parameters(self) -> Any:
        return list(self.w)


class HandsOutNumbers(Neuron):
    def parameters(self) -> Any:
        return [p.data for p in super().parameters()]


class HidesWeights(Neuron):
    def parameters(self) -> Any:
        return [self.b]


class GrowingWeights(Neuron):
    def parameters(self) -> Any:
        self.w.append(self.b)
        return self.w


class KeptParameters(Neuron):
    def __init__(self, n_inputs: int, nonlinear: bool = True):
        super().__init__(n_inputs, nonlinear)
        self.found: list[Any] = []

    def parameters(self) -> Any:
        self.found += [*self.w, self.b]
        return self.found


class Seeded(Neuron):
    def __init__(self, n_inputs: int, nonlinear: bool = True):
        random.seed(0)
        super().__init__(n_inputs, nonlinear)


class NoParameters(Neuron):
    def parameters(self) -> Any:
        pass


class ListInAList(Neuron):
    def parameters(self) -> Any:
        return [self.w, self.b]


def starting_with(weights: Function, bias: Function = lambda: Value(0.0)) -> type:
    """A neuron that makes its parameters in another way."""

    class Started(Neuron):
        def __init__(self, n_inputs: int, nonlinear: bool = True):
            self.w, self.b, self.nonlinear = weights(n_inputs), bias(), nonlinear

    return Started


def without(name: str) -> type:
    """A neuron that does not keep one of its parameters under its name."""

    class Hidden(Neuron):
        def __init__(self, n_inputs: int, nonlinear: bool = True):
            super().__init__(n_inputs, nonlinear)
            delattr(self, name)

    Hidden.__name__ = "Neuron"  # as the error calls it
    return Hidden


def drawn_by(draw: Function) -> type:
    return starting_with(lambda n: [Value(float(draw())) for _ in range(n)])


def right_weights(n: int) -> list[Any]:
    return [Value(random.uniform(-1, 1)) for _ in range(n)]


NEURON = Exercise(
    name="Neuron",
    points=20,
    reference=Neuron,
    probe=neuron_facts,
    cases=neuron_cases,
    recorded=[
        Recorded(
            case(w=[0.5, -1.5], b=0.25, x=[2.0, 0.5]),
            {
                "number of weights": 2,
                "weights at first": "as random.uniform(-1, 1) draws them",
                "bias at first": 0.0,
                "output": 0.5,
                "output, called again": 0.5,
                "parameters()": "b, w0, w1",
                "gradient of w": np.array([2.0, 0.5]),
                "gradient of b": 1.0,
                "gradient of x": np.array([0.5, -1.5]),
            },
            TORCH,
        )
    ],
    why="`sum` begins with the bias, so it needs no line of its own; and all that is made of Values remembers them.",
    next="first the sum of all the products, then the bias, then relu if wanted. Which step is missing?",
    misconceptions=[
        Misconception(
            "no bias",
            NoBias,
            "Each input meets its weight, but the bias does not take part.",
            "what is the output when all the inputs are 0?",
        ),
        Misconception(
            "relu of each product alone",
            ReluOfEachProduct,
            "You apply relu to each product by itself. It bends the whole sum, the bias included.",
            "what comes out when all the products are negative, and the bias as well?",
        ),
        Misconception(
            "relu always",
            AlwaysRelu,
            "You apply relu even where `nonlinear` is False.",
            "what does `nonlinear` say, and where do you ask it?",
        ),
        Misconception(
            "relu never",
            NeverRelu,
            "The sum is right, but relu is not applied to it where `nonlinear` is True.",
            "what does `nonlinear` say, and where do you ask it?",
        ),
        Misconception(
            "relu the other way round",
            OtherWayRound,
            "You apply relu where `nonlinear` is False, and leave it out where it is True.",
            "for which of True and False is the neuron to bend?",
        ),
        Misconception(
            "relu before the bias",
            ReluBeforeBias,
            "You added the bias after relu. It belongs to the sum that goes into relu.",
            "the bias decides from where on the neuron answers. Can it do so when it comes last?",
        ),
        Misconception(
            "relu of each product",
            ReluOfEach,
            "You applied relu to each product by itself. There is one relu, and it takes the whole sum.",
        ),
        Misconception(
            "a bias for each input",
            BiasEachTime,
            "You added the bias once for each input. A neuron has one bias, added once.",
        ),
        Misconception(
            "adds weight and input",
            Adds,
            "You added each weight to its input. A weight says how much its input counts: it is multiplied.",
        ),
        Misconception(
            "last input only",
            LastInputOnly,
            "Only the last input takes part: each round of your loop replaced the sum instead of adding to it.",
        ),
        Misconception(
            "first input only",
            ReturnsInTheLoop,
            "Only the first input takes part.",
            "is your `return` inside the loop? It ends the loop at once.",
        ),
        Misconception(
            "forgets the Values",
            Forgetting,
            "The number is right, but it has forgotten the weights: no gradient gets back to them. Compute with the Values themselves, not with their `data`.",
        ),
        Misconception(
            "a maximum of Values",
            MaxOfValues,
            "Python's `max` cannot compare two Values. You gave them a method that does what is wanted here.",
            "what is the bend of the last chapter called?",
            seen=calls_max,
        ),
        *ways(
            "another result when called again",
            CALLED_AGAIN,
            WHAT_STAYS,
            SumsInTheBias,
            SumsInItself,
            WritesIntoX,
        ),
        Misconception(
            "parameters without b",
            HidesBias,
            "`parameters()` leaves out the bias, so nobody would ever train it.",
            "which of a neuron's numbers can be trained?",
        ),
        Misconception(
            "parameters as plain numbers",
            HandsOutNumbers,
            "`parameters()` returns plain numbers. To train a neuron is to change its Values: return those themselves.",
            "who sees it when a number is changed that was taken out of a Value?",
        ),
        Misconception(
            "parameters without w",
            HidesWeights,
            "`parameters()` leaves out the weights, so nobody would ever train them.",
            "which of a neuron's numbers can be trained?",
        ),
        Misconception(
            "parameters() returns nothing",
            NoParameters,
            "`parameters()` returns nothing: its `return` is missing.",
            "what does a function return that has no `return`?",
        ),
        Misconception(
            "the bias among the weights",
            GrowingWeights,
            "`parameters()` puts the bias into the list of weights itself, so the neuron has one weight more with each call.",
            "which of `+` and `append` makes a new list?",
            seen=lambda source: re.search(r"\.w(\.append|\.extend|\.insert| \+=)", source) is not None,
        ),
        Misconception("other parameters when called again", KeptParameters, OTHER_PARAMETERS, WHAT_STAYS),
        Misconception(
            "every neuron alike",
            Seeded,
            "Every neuron draws the same weights, since each begins the random numbers anew. Neurons that start alike stay alike.",
            "what does `random.seed` do, and who is to call it?",
        ),
        Misconception(
            "no w",
            without("w"),
            "Your neuron has no `w`. Keep the list of its weights under that name, as `self.w`.",
            "`self.w` is seen by every method; what is `w` alone, when `__init__` is over?",
        ),
        Misconception(
            "no b",
            without("b"),
            "Your neuron has no `b`. Keep its bias under that name, as `self.b`.",
            "`self.b` is seen by every method; what is `b` alone, when `__init__` is over?",
        ),
        Misconception(
            "a list in the list",
            ListInAList,
            "`parameters()` returns a list with a list in it. It should be one list of Values.",
            "`[*a, b]` or `a + [b]`: what do they make of a list and one more entry?",
        ),
        *ways(
            "equal weights",
            "All the weights start with the same number. Neurons that start alike get the same gradients and stay alike.",
            "`random.uniform(-1, 1)` gives another number each time.",
            drawn_by(lambda: 0.0),
            drawn_by(lambda: 1.0),
            drawn_by(lambda: 0.5),
        ),
        Misconception(
            "one weight for all",
            starting_with(lambda n: [Value(random.uniform(-1, 1))] * n),
            "It is one and the same Value for all inputs. Each input needs a weight of its own.",
            "what does `[Value(…)] * n` repeat, and what does a list comprehension do each time round?",
        ),
        *ways(
            "another generator",
            "The weights are not those that `random.uniform(-1, 1)` draws. With others, the seeds of this chapter would not give what they should.",
            "which two numbers does `random.uniform` take, and what do they mean?",
            drawn_by(random.random),
            drawn_by(lambda: random.uniform(0, 1)),
            drawn_by(lambda: random.uniform(-0.5, 0.5)),
            drawn_by(lambda: random.gauss(0, 1)),
            drawn_by(np.random.default_rng(0).random),
            drawn_by(np.random.default_rng(0).standard_normal),
        ),
        *ways(
            "a bias that is not 0",
            "The bias is to be 0 at first; yours is another number.",
            "which number does `Value(0.0)` hold?",
            starting_with(right_weights, lambda: Value(random.uniform(-1, 1))),
            starting_with(right_weights, lambda: Value(1.0)),
            starting_with(right_weights, lambda: Value(0.1)),
        ),
        *ways(
            "a plain bias",
            "The bias is a plain number. As a Value it has a gradient, and can be trained.",
            "what makes a Value of a number?",
            starting_with(right_weights, lambda: 0.0),
            starting_with(right_weights, lambda: 0),
        ),
        Misconception(
            "plain weights",
            starting_with(lambda n: [random.uniform(-1, 1) for _ in range(n)]),
            "The weights are plain numbers. As Values they have gradients, and can be trained.",
            "what makes a Value of a number?",
        ),
    ],
)
