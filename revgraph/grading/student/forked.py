"""What a kernel has to do for itself where it is forked from a process that has imported its libraries."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from numpy import random

INLINE = "module://matplotlib_inline.backend_inline"
LAUNCHER = "ipykernel_launcher.py"  # the program that a notebook finds itself to be
IN_MEMORY = {"HistoryManager": {"hist_file": ":memory:"}}  # no kernel leaves its history to the next


def draw_once() -> None:
    """A figure with texts, formulas and a layout: fonts are found and grammars made, once for all kernels."""
    from IPython.core.pylabtools import print_figure
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(2, 2), layout="constrained")
    axes.semilogy([1, 1000], label="$x^2$")
    axes.set(title="a", xlabel="b")
    axes.legend()
    print_figure(figure)
    plt.close(figure)


def show_figures(notebook: Any, drawn: bool = True) -> None:
    """What importing matplotlib in a kernel does: here it was imported when there was no shell yet. A figure
    that is not to be drawn shows its size alone."""
    if os.environ.get("MPLBACKEND") != INLINE:
        return
    with contextlib.suppress(ImportError):
        from IPython.core.pylabtools import activate_matplotlib, select_figure_formats
        from matplotlib_inline.backend_inline import configure_inline_support

        activate_matplotlib(INLINE)
        configure_inline_support(notebook, INLINE)
        if not drawn:
            select_figure_formats(notebook, [])


def seed_anew() -> None:
    """A fork begins where its parent's generators stand; Python's own is seeded anew by itself."""
    random.seed()
    if torch := sys.modules.get("torch"):
        torch.seed()
