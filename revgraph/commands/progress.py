"""`revgraph progress`."""

from __future__ import annotations

import sys


def command() -> None:
    """Show how far you are in the course: chapters, exercises, points, and what is next."""
    from revgraph.checks import terminal
    from revgraph.checks.own.broken import Broken

    try:
        terminal.show_progress()
    except Broken as error:
        sys.exit(f"revgraph progress: {error}")
