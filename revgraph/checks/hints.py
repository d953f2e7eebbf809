"""What to do when a cell stops because something is not there yet: a name, or a function's own lines.

Python tells what is missing. A learner who has restarted the kernel, or runs the cells out of order, needs
the next step too, so it is printed below.
"""

from __future__ import annotations

import sys
from typing import Any

from revgraph.checks.call import what_is_missing


def watch_cells() -> None:
    """From now on say what is missing, below a cell that stopped for it; nothing is done outside IPython."""
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.events.register("post_run_cell", say_what_is_missing)


def say_what_is_missing(result: Any) -> None:
    """IPython calls this after each cell."""
    error = result.error_in_exec
    name = what_is_missing(error) if error is not None else ""
    if name and "<" not in name:  # <module>: raised by the cell itself
        print(undefined(name) if isinstance(error, NameError) else unwritten(name))


def undefined(name: str) -> str:
    return (
        f"`{name}` is not defined. If a cell above makes it, run that cell first; after a restart of the "
        "kernel, run all the cells above again. If none does, look at the spelling."
    )


def unwritten(name: str) -> str:
    return (
        f"`{name}` is not written yet: replace `raise NotImplementedError` by your own lines, run that cell, "
        "then this one again."
    )
