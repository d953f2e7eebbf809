"""`revgraph progress`."""

from __future__ import annotations


def command() -> None:
    """Show how far you are in the course: chapters, exercises, points, and what is next."""
    from revgraph.checks import terminal

    terminal.show_progress()
