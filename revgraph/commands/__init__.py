"""The subcommands of `revgraph`, one file each: `command` says what may be given; the work is done elsewhere.

A file here is a command by its name: new_course.py is `revgraph new-course`, class_.py `revgraph class`.
"""

import sys


def linux_alone(command: str) -> None:
    """Its modules cannot even be imported elsewhere, so this comes before them."""
    if sys.platform != "linux":
        sys.exit(
            f"revgraph {command} needs Linux, whose kernel makes its walls: run it there, in a container or "
            "in WSL; nbgrader autograde grades here as well, without walls."
        )
