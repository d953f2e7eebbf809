"""What `my_revgraph` is while work is graded, where no learner's own library lies: what `mine` gives."""

from typing import Any

from revgraph.checks import mine


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return mine(name)
