"""The compiler: what some nodes need becomes one flat Python function of NumPy calls, one line a node.

    def program(x):            its arguments are the placeholders
        # w1: variable of shape (2, 8)
        t1 = x @ w1            dead nodes do not occur, shared nodes occur once
        t2 = np.tanh(t1)
        return t2

Optimizer steps come last: first everything is computed with the variables as they are, then the steps write
to them, and only nodes that use a step's value come after it. So whatever is fetched beside a step, the
variables included, is from before the step.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from revgraph.core import blas
from revgraph.core.allocation import keep_memory
from revgraph.core.engines import NUMPY, away, bring_all_home, current_engine, engine_module
from revgraph.core.errors import GraphError, made_at, shape_text
from revgraph.core.feeding import by_name, by_node, fed_array
from revgraph.core.garbage import no_collection
from revgraph.core.simplify import simplified
from revgraph.core.tensor import Tensor, require_nodes
from revgraph.core.threads import OFTEN, shared
from revgraph.core.writer import FILE, Writer


def run(
    node: Tensor | Sequence[Tensor], feed_dict: Mapping[Any, Any] | None = None, engine: str | None = None
) -> Any:
    """The value of a node, or the list of the values of a list of nodes, computed in one go.

    feed_dict maps placeholders, or their names, to arrays. What several nodes need is computed once. The
    first call compiles; later calls for the same nodes run the same program. `engine` is what runs it, by
    default the one that `rc.engine` chose.
    """
    feeds = {} if feed_dict is None else feed_dict
    if not isinstance(feeds, Mapping):
        raise TypeError(
            f"feed_dict maps placeholders, or their names, to arrays, as in {{'x': array}}; it is no "
            f"{type(feeds).__name__}: {feeds!r:.60}"
        )
    if isinstance(node, Tensor):
        return program_of(node, engine=engine).run(feeds)
    if not isinstance(node, list | tuple):
        require_nodes([node])
    values = program_of(*node, engine=engine).run(feeds) if node else ()
    return [values] if len(node) == 1 else list(values)


def simple_loop(
    n: int,
    action: Tensor | Sequence[Tensor],
    feed_dict: Mapping[Any, Any] | Callable[[], Mapping[Any, Any]] | None = None,
) -> Any:
    """`run(action, feed_dict)` n times over; the value of the last run, None for none.

    feed_dict may be a function without arguments, called before each run: the next batch.
    """
    value = None
    for _ in range(n):
        value = run(action, feed_dict() if callable(feed_dict) else feed_dict)
    return value


def source(nodes: Tensor | Sequence[Tensor]) -> str:
    """The text of the program that `run(nodes)` executes."""
    fetched: list[Any] = list(nodes) if isinstance(nodes, list | tuple) else [nodes]
    require_nodes(fetched)
    return Writer(simplified(fetched)).source


def program_of(*nodes: Tensor, engine: str | None = None) -> Program:
    """The engine's program for these nodes, kept on the first of them for as long as all of them live."""
    engine = engine or current_engine()
    key = (engine, *map(id, nodes[1:]))
    known = getattr(nodes[0], "programs", None) or {}
    program = known.get(key)
    if program is None:
        require_nodes(nodes)
        kind = Program if engine == NUMPY else engine_module(engine).Program
        program = known[key] = kind(nodes, lambda _: known.pop(key, None))
        nodes[0].programs = known
    return program


class Program:
    """A compiled program: its function.

    It holds no node but the placeholders. When it fails, the graph is written anew to say which node did.
    """

    shares = False  # whether the last run often shared its work among threads

    def __init__(self, nodes: Sequence[Tensor], forget: Callable[[Any], Any]) -> None:
        """nodes: what it computes; `forget` is called when one of them behind the first is gone."""
        keep_memory()
        with no_collection():
            writer = self.written(nodes)
            for file, text in writer.functions():
                exec(compile(text, file, "exec"), writer.names)
        self.adopt(writer)
        self.nodes = [weakref.ref(node, forget if node is not nodes[0] else None) for node in nodes]

    @staticmethod
    def written(nodes: Sequence[Tensor]) -> Writer:
        return Writer(simplified(nodes))

    def adopt(self, writer: Writer) -> None:
        """Take the function, and what is to be known of its arguments."""
        self.function = writer.names["program"]
        self.inputs = writer.inputs
        self.distinct = len({leaf.name for leaf in self.inputs}) == len(self.inputs)

    def living_nodes(self) -> list[Tensor]:
        """What it computes; all of them, unless a node went while the program ran."""
        return [node for node in (ref() for ref in self.nodes) if node is not None]

    def run(self, feeds: Mapping[Any, Any]) -> Any:
        """The result for placeholders fed by node or by name."""
        return self.execute(by_node(self.inputs, feeds))

    def run_by_name(self, feeds: Mapping[str, Any]) -> Any:
        """The result for placeholders fed by name."""
        feed = by_name if self.distinct else by_node
        return self.execute(feed(self.inputs, feeds))

    def execute(self, values: list[Any]) -> Any:
        arrays = list(map(fed_array, self.inputs, values))
        if away:
            bring_all_home()
        before = shared.times
        try:
            if not self.shares:
                return self.function(*arrays)
            with blas.on_one_thread():
                return self.function(*arrays)
        except Exception as error:
            self.explain(error)
            raise
        finally:
            self.shares = shared.times - before >= OFTEN

    def explain(self, error: Exception) -> None:
        """Raise a GraphError that names the node at which NumPy stopped, and the shapes it met.

        Errors that do not speak of values (a learner's NotImplementedError) stay what they are, with the
        node in a note.
        """
        frame, file, line = failing_frame(error)
        if frame is None:
            return
        writer = self.written(self.living_nodes())
        next(written for written, _ in writer.functions() if written == file)  # up to where it failed
        node = writer.made_at(file, line)
        if node is None:
            return
        shapes = [runtime_shape(arg, writer.text.get(arg), frame) for arg in node.args]
        message = f"{node.kind} of shapes {' and '.join(shapes)}: {error}{made_at(node.where)}"
        if not isinstance(error, ValueError | TypeError | IndexError):
            error.add_note(message)
            return
        raise GraphError(
            f"{message}\n  Next: trace the shapes back to what was fed; rc.source shows the program."
        ) from error


def runtime_shape(arg: Tensor, name: str | None, frame: Any) -> str:
    """The shape of an argument, by its name in the program, in the frame in which that stopped."""
    if arg.literal is not None:
        return "()"
    value = frame.f_locals.get(name, frame.f_globals.get(name))
    return shape_text(None if value is None else np.shape(value))


def failing_frame(error: Exception) -> tuple[Any, str, int]:
    """The innermost frame of the program, its file, and the line that was running."""
    frame, file, line = None, "", 0
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith(FILE):
            frame, file, line = trace.tb_frame, trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return frame, file, line
