"""The subcommands of `revgraph`, one file each: `command` says what may be given; the work is done elsewhere.

A file here is a command by its name: new_course.py is `revgraph new-course`, class_.py `revgraph class`.
"""

import sys
from pathlib import Path

FOLDERS = ("solutions", "source", "course", "release")


def assignments(incomplete: str) -> list[str]:
    """What the shell offers after TAB: folders of assignments, found without reading any settings."""
    found = {path.parent.name for folder in FOLDERS for path in Path(folder).glob("*/*.ipynb")}
    return sorted(name for name in found if name.startswith(incomplete))


def linux_alone(command: str) -> None:
    """Its modules cannot even be imported elsewhere, so this comes before them."""
    if sys.platform != "linux":
        sys.exit(
            f"revgraph {command} needs Linux, whose kernel makes its walls: run it there, in a container or "
            "in WSL; nbgrader autograde grades here as well, without walls."
        )
