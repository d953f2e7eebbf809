"""What nbgrader's exchange needs to return feedback: two small files beside the graded notebook.

`nbgrader submit` leaves a secret and the time with a submission, and keeps copies with the student. The page
is released under a name made of the secret, so that no other student finds it.
"""

from __future__ import annotations

import secrets
import stat
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from revgraph.files import write_atomically

LONGEST = 1_000  # bytes of either file: a student may have written it


def keep_for_feedback(course: CourseDirectory, assignment: str, student: str) -> None:
    """Put both beside the graded notebook, made up where they did not come through the exchange:
    `nbgrader release_feedback` would stop there, and nobody after this student would get any."""
    handed_in = Path(course.format_path(course.submitted_directory, student, assignment))
    graded = Path(course.format_path(course.autograded_directory, student, assignment))
    made_up = {
        "submission_secret.txt": secrets.token_hex(64),
        "timestamp.txt": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC",
    }
    for name, instead in made_up.items():
        text = _read(handed_in / name) or _read(graded / name) or instead
        write_atomically(graded / name, text, mode=0o600)


def _read(path: Path) -> str:
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LONGEST:
            return ""
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
