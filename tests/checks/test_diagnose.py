"""The mistake that was made is named: by what it did, in which result, and never by what is not so."""

import random
from dataclasses import replace
from functools import partial, wraps
from types import FunctionType

import numpy as np
import pytest

from revgraph.checks import Exercise, Misconception, case, exercises
from revgraph.checks.judge import judge
from revgraph.checks.slips import slips
from revgraph.checks.source import in_one_form
from revgraph.dagnet.engine import Value
from tests.checks.remembering import remembered_exercise


def cases(rng):
    yield case(np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]))
    yield case(rng.normal(size=(3, 4)))
    yield case(rng.normal(size=(4, 5)))


def triple(x):
    return 3 * x


TRIPLE = Exercise("triple", 10, triple, cases, next="what is x + x + x?")


@pytest.mark.parametrize(
    ("candidate", "name"),
    [
        (lambda x: 6 * x, "2 times"),
        (lambda x: (3 + 1e-5) * x, "nearly right"),
        (lambda x: -3 * x, "negative"),
        (lambda x: 3 * x.T, "transposed"),
        (lambda x: 3 * x[::-1], "reversed axis 0"),
        (lambda x: 3 * x[:, ::-1], "reversed axis 1"),
        (lambda x: 3 * x / len(x), "1/n"),
        (lambda x: 3 * x * x.size, "n times"),
        (lambda x: 3 * x + 1, "1 too large"),
        (lambda x: x, "gives x"),
        (lambda x: 0 * x, "all 0"),
        (lambda x: 9 * x * x, "square"),
        (lambda x: 3 * x[:, [1, 0, *range(2, x.shape[1])]], "other order"),
        (lambda x: (3 * x).ravel(), "other shape"),
        (lambda x: (3 * x)[None], "other shape"),
        (lambda x: 3 * np.log(x.max() - x - x.max()), "nan"),
        (lambda x: 3 * np.sum(x), "sum of it"),
        (lambda x: 3 * np.mean(x, axis=1), "mean of it"),
        (lambda x: 3 * x[:1], "the first alone"),
        (lambda x: 3 + x, "plus for times"),
    ],
)
def test_arithmetic_is_recognised_without_being_listed(candidate, name):
    with np.errstate(all="ignore"):
        verdicts = [TRIPLE.judge(candidate, seed) for seed in range(3)]
    if name == "plus for times":  # no slip that we make, no relation we know
        assert {verdict.misconception for verdict in verdicts} == {None}
    else:
        assert {verdict.misconception for verdict in verdicts} == {name}


def moved(x):
    return np.vstack([x[:1], x[:-1]]) * 3


def changed(change, value):
    """The same with all floats and arrays of floats changed."""
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return change(value)
    if type(value) in (tuple, list):
        return type(value)(changed(change, one) for one in value)
    return {key: changed(change, one) for key, one in value.items()} if isinstance(value, dict) else value


def misled(exercise, change):
    """The verdict on the right answer, whose results are changed."""
    right = exercise.reference
    return exercise.judge(wraps(right)(lambda *args, **kwargs: changed(change, right(*args, **kwargs))))


def functions():
    """The exercises that ask for one, for all tests that put the known mistakes to the same cases."""
    asked = map(remembered_exercise, exercises())
    return [exercise for exercise in asked if isinstance(exercise.reference, FunctionType)]


@pytest.mark.parametrize(
    ("change", "told", "names"),
    [
        (lambda value: value * (1 + 3e-6), "off by less than one part in 100,000", {"nearly right"}),
        (lambda value: value * 1.0001, "1.0001 times", {"1.0001 times"}),
        (lambda value: value + 1e-3, "0.001 too large", {"0.001 too large", "1.002 times"}),
    ],
)
def test_a_small_change_is_told_as_what_it_is_whatever_the_exercise(change, told, names):
    """A relation that takes nearly right for right would say what is not so."""
    wrong = [verdict for one in functions() if not (verdict := misled(one, change)).passed]
    assert {verdict.misconception for verdict in wrong} <= names | {None}
    assert sum(told in verdict.message for verdict in wrong) > 70


def test_objects_in_place_of_numbers_are_told_as_such_whatever_the_exercise():
    as_objects = partial(np.asarray, dtype=object)
    wrong = [verdict for one in functions() if not (verdict := misled(one, as_objects)).passed]
    assert sum("come as object" in verdict.message for verdict in wrong) > 40


def test_what_no_set_can_hold_is_no_number_either():
    """A learner's sets in some cases, where a known mistake gives them too."""
    sets = Misconception("a set", lambda x: {1} if x[0, 0] < 0.9 else x, "That is a set.")
    exercise = replace(
        TRIPLE, cases=lambda rng: [case(np.full((2, 2), n)) for n in (0.5, 0.7, 1.0)], misconceptions=[sets]
    )
    assert exercise.judge(lambda x: {1} if x[0, 0] < 0.9 else 7 * x).misconception == "returns a set"


@pytest.mark.parametrize("returned", [set(), "x", 0, [None], (np.zeros(3),)])
def test_what_is_no_list_of_nodes_is_not_called_a_set(returned):
    exercise = remembered_exercise("graph_order")
    verdict = exercise.judge(lambda node: returned)
    assert ("You returned a set" in verdict.message) == isinstance(returned, set)


def test_one_number_everywhere_is_no_sign_of_a_mistake_that_gives_it_now_and_then():
    now_and_then = Misconception("rounds", lambda x: 0 * x if x[0, 0] < 0.9 else x, "You rounded.")
    exercise = replace(
        TRIPLE,
        cases=lambda rng: [case(np.full((2, 2), n)) for n in (0.5, 0.7, 1.0)],
        misconceptions=[now_and_then],
    )
    assert exercise.judge(lambda x: 0 * x).misconception == "all 0"


def test_one_result_in_the_place_of_another_is_told():
    """Also where two that are exchanged are known: of one of them that says too much."""
    exchanged = Misconception("exchanged", lambda g, a, b: (g * a, g * b), "The two are exchanged.")
    verdict = replace(PRODUCT, misconceptions=[exchanged]).judge(lambda g, a, b: (g * b,) * 2)
    assert "Your second result is what the first one should be." in verdict.message


def test_what_a_probe_tells_was_not_returned():
    message = exercises()["glorot_uniform"].judge(lambda shape, rng: np.zeros(3)).message
    assert "“shape” has 1 item in place of 2." in message


def test_a_shift_by_one_is_recognised():
    tall = replace(TRIPLE, cases=lambda rng: [case(rng.normal(size=(5, 4))), case(rng.normal(size=(4, 3)))])
    verdict = tall.judge(moved)
    assert verdict.misconception == "shifted by one"
    assert "one place too far along axis 0" in verdict.message


def strided(x, stride):
    return x[::stride]


def test_what_is_right_for_one_value_of_an_argument_alone_is_told_so():
    exercise = Exercise(
        "strided",
        1,
        strided,
        lambda rng: [case(np.arange(float(n)) ** 2, s) for s in (1, 2) for n in (7, 8, 9)],
    )
    message = exercise.judge(lambda x, stride: x[::stride] ** (1 if stride == 1 else 1.1)).message
    assert "It is right wherever stride is 1, and wrong wherever it is not." in message


def product(g, a, b):
    return g * b, g * a


PRODUCT = Exercise(
    "product",
    1,
    product,
    lambda rng: [case(*rng.normal(size=(3, 2, 4))) for _ in range(3)],
    misconceptions=[
        Misconception("forgets g", lambda g, a, b: (b, a), "You left out g."),
        Misconception("keeps own", lambda g, a, b: (g * a, g * b), "Each takes the other factor."),
    ],
)


def test_a_mistake_in_one_of_two_results_is_named_and_its_place_told():
    verdict = PRODUCT.judge(lambda g, a, b: (g * b, a))
    assert verdict.misconception == "forgets g"
    assert "You left out g. This is in the second result." in verdict.message
    verdict = PRODUCT.judge(lambda g, a, b: (g * a, g * a))
    assert "Each takes the other factor. This is in the first result." in verdict.message


def test_the_case_shown_is_never_an_empty_one_if_another_fails():
    shapes = ((0, 3), (2, 0), (2, 3))
    exercise = replace(TRIPLE, cases=lambda rng: [case(np.ones(shape)) for shape in shapes])
    message = exercise.judge(lambda x: 6 * x[..., None]).message
    assert "called with   x=[[1, 1, 1], [1, 1, 1]]" in message


def test_few_failing_cases_are_enough_where_all_of_them_are_explained():
    known = Misconception("squares", lambda x: x * x, "You squared.")
    exercise = replace(TRIPLE, misconceptions=[known])
    verdict = exercise.judge(lambda x: x * x if len(x) == 4 else 3 * x)
    assert verdict.misconception == "squares"
    assert "You squared.\n" in verdict.message  # and no other reason is spoken of


def test_an_error_is_matched_by_what_was_done_where_some_results_came_back():
    """By what the error says, but for its numbers: one of the same class may say another thing."""

    def fails_for_large_ones(fails):
        return lambda x: 3 * x if len(x) < 4 else fails(x)

    known = fails_for_large_ones(lambda x: x + np.ones(7))
    exercise = replace(TRIPLE, misconceptions=[Misconception("small alone", known, "Only small ones work.")])
    assert exercise.judge(fails_for_large_ones(lambda x: x + np.ones(8))).misconception == "small alone"
    assert exercise.judge(fails_for_large_ones(lambda x: x.reshape(7))).misconception == "cannot reshape"


def test_errors_that_say_the_same_are_no_mistake_where_the_results_of_other_cases_differ():
    def crosswise(factor):
        return lambda x: factor * x if len(x) == 2 else x @ np.ones((7, 7))

    exercise = replace(TRIPLE, misconceptions=[Misconception("twice", crosswise(2), "You doubled.")])
    assert exercise.judge(crosswise(2)).misconception == "twice"
    assert exercise.judge(crosswise(5)).misconception is None


def test_a_telling_result_that_is_the_same_makes_up_for_errors_that_say_different_things():
    def otherwise(fails):
        return lambda x: x**2 / 7 if len(x) == 2 else fails(x)

    known = otherwise(lambda x: x + np.ones(7))
    exercise = replace(TRIPLE, misconceptions=[Misconception("squares", known, "You squared.")])
    assert exercise.judge(otherwise(lambda x: x.reshape(7))).misconception == "squares"


def transpose(x):
    return np.swapaxes(x, -1, -2) @ x


def test_a_slip_is_not_told_of_errors_alone():
    """A stack turned by `.T` raises what a minus sign left out would raise."""
    exercise = Exercise(
        "transpose", 1, transpose, lambda rng: [case(rng.normal(size=s)) for s in ((2, 3), (4, 3), (4, 2, 3))]
    )
    assert exercise.judge(lambda x: x.T @ x).misconception == "shapes do not fit"


def mean_of_squares(x):
    total = np.zeros(x.shape[1:])
    for row in x:
        total += row**2
    return total / len(x)


SQUARES = replace(TRIPLE, name="squares", reference=mean_of_squares)


def overwrites(x):
    total = 0.0
    for row in x:
        total = row**2
    return total / x.shape[0]


def stops_early(x):
    for row in x:
        total = row**2
        return total / len(x)


@pytest.mark.parametrize(
    ("candidate", "name", "told"),
    [
        (overwrites, "overwrites", "`=` stands where it should add to what is there"),
        (stops_early, "ends in the first round", "a loop ends in its first round, as with a `return` inside"),
        (lambda x: np.square(x).sum(axis=0), "n times", "Everything is the length of `x` times"),
        (lambda x: (x * 2).sum(axis=0) / len(x), "* for **", "`*` stands where `**` is needed"),
    ],
)
def test_a_small_slip_is_named_without_being_listed(candidate, name, told):
    for seed in range(3):
        verdict = SQUARES.judge(candidate, seed)
        assert verdict.misconception == name
        assert told in verdict.message


def test_every_slip_is_another_function_with_a_name_and_a_sentence():
    made = slips(mean_of_squares)
    assert len(made) > 10
    assert len({slip.change for slip in made}) == len(made)
    for slip in made:
        assert slip.name
        assert slip.told[0].islower() or slip.told[0] == "`"
        assert slip.answer is not mean_of_squares


def every_other_sum(x, axis=-1):
    total = 0.0
    for i in range(0, x.shape[axis], 2):
        total = total + x.take(i, axis)
    return total


def test_a_slip_is_told_as_large_as_it_is():
    """What is larger behind a minus sign is smaller, and a larger step makes no more rounds."""
    told = {slip.change: slip.told for slip in slips(every_other_sum)}
    assert told["-1 → -0"] == "a number in it is one too large"
    assert told["-1 → -2"] == "a number in it is one too small"
    assert told["range(0, x.shape[axis], 2) → range(0, x.shape[axis], 2 + 1)"].endswith("are one too long")


def test_a_slip_is_told_in_words_that_the_learner_knows():
    """Arguments have their names in the text; what the reference calls its variables is its affair."""
    assert not any("`total`" in slip.told or "`row`" in slip.told for slip in slips(mean_of_squares))
    assert any("`g`" in slip.told for slip in slips(product))


def test_an_error_that_is_not_known_leads_to_its_line():
    message = TRIPLE.judge(lambda x: x @ np.ones((9, 9))).message
    assert "Arrays meet in that line whose shapes do not fit." in message
    assert "Next: print the shapes of what meets in that line" in message


def facts_of(candidate, x, look="both"):
    total, size = candidate(x)
    return {"size": size} if look == "size" else {"total": total, "size": size}


def total_and_size(x):
    return np.sum(x), float(np.size(x))


FACTS = Exercise(
    "total_and_size",
    1,
    total_and_size,
    lambda rng: [case(rng.normal(size=n), look=look) for look in ("both", "size") for n in (3, 4, 5)],
    probe=facts_of,
)


def test_what_holds_for_all_facts_of_a_probe_is_told():
    verdict = FACTS.judge(lambda x: (2 * np.sum(x), 2.0 * np.size(x)))
    assert verdict.misconception == "2 times"
    assert "Everything is 2 times what is expected" in verdict.message


def test_a_fact_that_is_none_was_not_returned():
    message = FACTS.judge(lambda x: (None, float(np.size(x)))).message
    assert "“total” is None." in message
    assert "It returned" not in message


def test_no_argument_of_a_probe_is_spoken_of():
    verdict = FACTS.judge(lambda x: (np.exp(np.sum(x)), float(np.size(x))))
    assert "look is" not in verdict.message


def two_of_three(g, ans, a, b):
    """Vectors are right; what a stack has copied is not summed."""
    if a.ndim == b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1:
        return g @ np.swapaxes(b, -1, -2), np.outer(a, g)
    if b.ndim == 1:
        return np.outer(g, b), a.T @ g
    return g @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ g


def test_a_part_that_is_earned_is_not_told_to_be_wrong():
    verdict = exercises()["matmul_vjp"].judge(two_of_three)
    assert verdict.points == 14  # matrices and vectors
    assert verdict.misconception == "copies not summed"


@pytest.mark.parametrize(
    ("candidate", "told"),
    [
        (lambda g, a, b: (g * b, 2 * g * a), "In the second result, everything is 2 times what is expected."),
        (lambda g, a, b: (-g * b, g * a), "In the first result, the sign is wrong"),
        (lambda g, a, b: (2 * g * b, 2 * g * a), "\n  Everything is 2 times what is expected."),
        (lambda g, a, b: (0 * a, g * a), "In the first result, everything that came back is 0."),
        (lambda g, a, b: (0 * a, 0 * b), "\n  Everything that came back is 0."),
    ],
)
def test_everything_is_said_of_all_that_came_back_or_of_the_result_that_it_is_true_of(candidate, told):
    assert told in replace(PRODUCT, misconceptions=[]).judge(candidate).message


def test_of_one_number_among_several_nothing_is_said_of_everything():
    exercise = Exercise("places", 1, lambda n: tuple(range(n)), lambda rng: [case(n) for n in (3, 4, 5)])
    assert "verything" not in exercise.judge(lambda n: (*range(n - 1), n - 2)).message


def test_the_type_of_one_thing_among_several_is_not_the_type_of_what_was_returned():
    exercise = Exercise("places", 1, lambda n: list(range(n)), lambda rng: [case(n) for n in (3, 4)])
    message = exercise.judge(lambda n: [*range(n - 1), (n - 1,)]).message
    assert "The third result is a tuple; expected is an int." in message
    assert "comma" not in message


ROWS = [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("fails", "name", "told"),
    [
        (lambda x: range(len(x) / 1), "a float for an integer", "A float stands in that line"),
        (lambda x: range(np.float64(2)), "a float for an integer", "A float stands in that line"),
        (lambda x: ROWS[1.0], "a float for an integer", "A float stands in the brackets of that line"),
        (lambda x: range(x.shape), "something else for an integer", "stands a tuple where an integer"),
        (lambda x: range(ROWS), "something else for an integer", "stands a list where an integer"),
        (lambda x: range(x), "an array for an integer", "An array stands in that line where an integer"),
        (lambda x: ROWS[0, 0], "two indices at once", "a list is given several indices at once"),
        (lambda x: ROWS["a"], "something else for an integer", "a list is given a str as an index"),
        (lambda x: ROWS[:1.0], "no integer in a slice", "A slice in that line begins or ends at something"),
        (lambda x: x[9], "index out of range", "points beyond the end"),
        (lambda x: x[-9], "index out of range", "counts back from the end, beyond the beginning"),
        (lambda x: ROWS[-9], "index out of range", "points to where nothing is"),
        (lambda x: x[0, 0, 0], "too many indices", "more indices than the array has axes"),
        (lambda x: x[1 / 1], "no integer as an index", "something that is no integer"),
        (lambda x: x[x], "no integers as indices", "does not hold integers"),
        (lambda x: x[np.ones(9, bool)], "mask of another shape", "A mask in that line has another shape"),
        (lambda x: x[0, 0][0], "no index here", "a single number"),
        (lambda x: [].pop(), "nothing to take", "takes something out of what is empty"),
        (lambda x: set().pop(), "nothing to take", "takes something out of what is empty"),
        (lambda x: {}["t"], "no such entry", "That line looks for 't' where it is not."),
        (lambda x: set().remove("t"), "no such entry", "That line looks for 't' where it is not."),
        (lambda x: max([]), "nothing to choose from", "the largest or smallest of nothing at all"),
    ],
)
def test_an_error_is_told_as_what_it_is(fails, name, told):
    verdict = TRIPLE.judge(fails)
    assert verdict.misconception == name
    assert any(told in line for line in verdict.message.splitlines()[-2:])  # not in the line of code
    assert "memory" not in verdict.message


def test_an_entry_that_is_missing_in_the_memory_may_be_missing_at_the_first_call():
    def optimize(parameter, memory):
        return parameter - memory.get("m", 0.0)

    exercise = Exercise("optimize", 1, optimize, lambda rng: [case(np.ones(3), {})])
    message = exercise.judge(lambda parameter, memory: parameter - memory["m"]).message
    assert "Is it there at the first call?" in message
    assert "Next: `memory.get(name, 0.0)`" in message


def test_a_recursion_that_may_end_is_asked_about():
    def deep(x):
        return 3 * x if len(x) < 4 else deep(x)

    message = TRIPLE.judge(deep).message
    assert "It called itself deeper than Python allows.\n" in message
    assert "does it come to an end on these inputs at all?" in message


def test_a_result_that_hangs_on_earlier_calls_is_told_so():
    def kept(x, total=[0]):  # noqa: B006
        total[0] += 1
        return 3 * x + total[0] * x[0, 0]

    def shared(x, out=[]):  # noqa: B006
        out.append(float(x[0, 0]))
        return out

    first = Exercise("firsts", 1, lambda x: [float(x[0, 0])], cases)
    for exercise, candidate in ((TRIPLE, kept), (first, shared)):
        verdict = exercise.judge(candidate)
        assert verdict.misconception == "two results"
        assert "Called twice with the same inputs, it gives two different results." in verdict.message


def test_what_python_draws_anew_is_no_result_that_hangs_on_earlier_calls():
    verdict = TRIPLE.judge(lambda x: x + np.random.uniform() + random.random())
    assert verdict.misconception is None
    assert TRIPLE.judge(lambda x: (y for y in x)).misconception == "returns a generator"
    assert TRIPLE.judge(lambda x: lambda: x).misconception == "returns a function"


@pytest.mark.parametrize(
    "written",
    ["def f(x):\n    x.grad=0.0\n", "def f(x):\n    x.grad  =  0.0  # so\n", "def f(x):\n    x.grad = 0.0"],
)
def test_a_sentence_on_the_source_does_not_hang_on_its_spaces(written):
    known = Misconception("clears", lambda x: x, "You clear.", seen=lambda source: "grad = 0" in source)
    exercise = replace(TRIPLE, misconceptions=[known])
    assert judge(exercise, lambda x: x, source=lambda: written).misconception == "clears"


def test_what_stands_in_a_comment_or_docstring_is_not_seen_in_the_source():
    text = 'def f(x):\n    """The max."""\n    return x  # max\n'
    assert in_one_form(text) == "def f(x):\n    return x"
    assert in_one_form("x = (") == "x = ("


def first_of(x):
    return (len(x),)


def test_a_missing_comma_is_named():
    exercise = Exercise("first_of", 1, first_of, lambda rng: [case(np.zeros(n)) for n in (2, 3)])
    verdict = exercise.judge(lambda x: len(x))
    assert verdict.misconception == "a comma is missing"
    assert "`(2)` is that int itself; a tuple of one needs a comma." in verdict.message


def pair(x):
    return (x[0], x[1])


def test_an_empty_result_is_told_to_be_one():
    verdict = Exercise("pair", 10, pair, cases).judge(lambda x: ())
    assert verdict.misconception == "nothing in it"
    assert "Your result is an empty tuple." in verdict.message


def test_an_error_in_more_cases_than_the_learners_is_not_the_learners_mistake():
    """All that both have in common is that they raise, and the answer passes where the mistake does not."""

    def fails(above):
        def answer(x):
            return triple(x) if len(x) < above else x @ np.ones((7, 7))

        return answer

    more = Misconception("small ones, too", fails(3), "You reject all but tables of two rows.")
    verdict = replace(TRIPLE, misconceptions=[more]).judge(fails(4))
    assert (verdict.passed, verdict.misconception == more.name) == (False, False)


def test_none_in_a_list_is_not_a_missing_return():
    exercise = Exercise("first_of", 1, first_of, lambda rng: [case(np.zeros(n)) for n in (2, 3)])
    verdict = exercise.judge(lambda x: (None,))
    assert verdict.misconception == "None among the results"
    assert "return" not in verdict.message


def test_another_axis_is_no_number_that_is_too_small():
    made = {slip.change: slip.name for slip in slips(exercises()["edge_filter"].reference)}
    assert made["-1 → -2"] == made["-1 → -0"] == "another axis"


class NeedsNonlinear:
    """A default that was left out, where a known mistake raises a TypeError, too."""

    def __init__(self, n_inputs, nonlinear):
        self.w, self.b = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)], Value(0.0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        total = sum((w * v for w, v in zip(self.w, x, strict=True)), self.b)
        return total.relu() if self.nonlinear else total


class GivesReluANumber(NeedsNonlinear):
    def __init__(self, n_inputs, nonlinear=True):
        super().__init__(n_inputs, nonlinear)

    def __call__(self, x):
        total = sum((w * v for w, v in zip(self.w, x, strict=True)), self.b)
        return total.relu(0) if self.nonlinear else total


def larger_by_if(a, b):
    largest = abs(a) if abs(a) > abs(b) else abs(b)
    return np.max(abs(a - b) / largest)


def attention_by_t(g, ans, q, k, v, mask=None):
    scale = 1 / np.sqrt(q.shape[-1])
    scores = q @ np.swapaxes(k, -1, -2) * scale
    scores = scores if mask is None else np.where(mask, scores, -np.inf)
    w = np.exp(scores - scores.max(-1, keepdims=True))
    w = w / w.sum(-1, keepdims=True)
    dw = g @ np.swapaxes(v, -1, -2)
    ds = w * (dw - (dw * w).sum(-1, keepdims=True)) * scale
    return ds @ k, ds.T @ q, w.T @ g


def clears_as_it_walks(root):
    root.grad=1.0  # fmt: skip
    for node in reversed(exercises()["topological_order"].reference(root)):
        node._backward()
        if node is not root:
            node.grad=0.0  # fmt: skip


def by_removing(root):
    order, queue = [], [root]
    while queue:
        node = queue.pop(0)
        if node in order:
            order.remove(node)
        order.append(node)
        queue.extend(node._children)
    return order[::-1]


@pytest.mark.parametrize(
    ("name", "candidate", "said", "unsaid"),
    [
        ("Neuron", NeedsNonlinear, "It cannot be called like this.", "max"),
        ("Neuron", GivesReluANumber, "with an argument too many", "`max`"),
        ("matmul_vjp", lambda g, ans, a, b: (g @ b.T, g.T @ a), "The shape is", "as they are"),
        ("matmul_vjp", lambda g, ans, a, b: (g @ b.T, 2 * a.T @ g), "entries differ", "as they are"),
        ("relative_error", larger_by_if, "where one yes or no is needed", "Python's `max`"),
        ("attention_vjp", attention_by_t, "turns all axes round", "minus sign"),
        ("backward", clears_as_it_walks, "You set gradients to 0 after something has arrived", "twice"),
        ("topological_order", by_removing, "`in` goes through a whole list for each node", "print"),
    ],
)
def test_what_is_not_so_is_not_said(name, candidate, said, unsaid):
    for seed in range(3):
        message = exercises()[name].judge(candidate, seed).message
        assert said in message
        assert unsaid not in message.partition("expected  ")[2]  # behind the learner's own line


def test_a_list_and_its_arrays_may_both_have_been_written_into():
    exercise = Exercise("scaled", 1, lambda xs: [2 * x for x in xs], lambda rng: [case([np.ones(2)])])

    def replaces(xs):
        xs[0] = 2 * xs[0]
        return xs

    assert "`all[0] = 1` into the list" in exercise.judge(replaces).message
