"""What a cell of a solution notebook shows: an error, or a failure on purpose."""

from __future__ import annotations

from nbformat import NotebookNode


def has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def first_error(cell: NotebookNode) -> str:
    """A cell's first error: its name and what it says."""
    error = next(output for output in cell.outputs if output.output_type == "error")
    return f"{error.ename}: {error.evalue}"


def demonstrates_failure(cell: NotebookNode) -> bool:
    """Whether an ungraded cell shows on purpose what a check says about a wrong answer."""
    names = [output.ename for output in cell.outputs if output.output_type == "error"]
    return names == ["CheckFailed"] and not cell.metadata.get("nbgrader", {}).get("grade")
