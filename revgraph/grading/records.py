"""What has been graded, from what, and why it earned what it did: one small private file a submission.

It is written after the gradebook has the scores: what is interrupted is graded again, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from revgraph.checks import exercises, registry
from revgraph.files import write_atomically
from revgraph.grading.kernels.student_package import checked_exercises
from revgraph.grading.runner import CheckResult
from revgraph.grading.source import Source

CHECKS = Path(__file__).parents[1] / "checks"


@dataclass
class Record:
    """`submission` and `source` are digests of what was graded, and of what it was graded against; `told` are
    the reasons as the student may read them; `limits` are those that decide which files a submission has."""

    student: str
    name: str
    submission: str
    source: str
    reasons: list[str] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    failed: bool = False  # the grader did: the gradebook has what it had before
    limits: dict[str, int] = field(default_factory=dict)


class Records:
    """The records of one assignment, in a folder of the course that belongs to the instructor alone."""

    def __init__(self, course: CourseDirectory, assignment: str) -> None:
        self.folder = Path(course.root, ".revgraph", assignment)

    def find(self, student: str, name: str) -> Record | None:
        try:
            content = json.loads(self._path(student, name).read_text("utf-8"))
            return Record(**{**content, "checks": [CheckResult(**check) for check in content["checks"]]})
        except (OSError, ValueError, TypeError, KeyError):
            return None  # none, or one that a full disk cut short: graded again

    def write(self, record: Record) -> None:
        path = self._path(record.student, record.name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, json.dumps(asdict(record)), mode=0o600)

    def _path(self, student: str, name: str) -> Path:
        longest = 200  # a folder's name may have 255 bytes, and so may ours with its ending
        plain = len(student.encode()) <= longest
        file = student if plain else hashlib.sha256(student.encode()).hexdigest()
        return self.folder / name / f"{file}.json"


def source_digest(source: Source) -> str:
    """Of what decides a score beside the submission: the notebook, and how its exercises judge."""
    asked = checked_exercises(source.as_graded())
    others = {name: digest for name in asked if (digest := registry.digest_of(name))}
    chapters = {f"ch{exercises()[name].chapter}" for name in asked - others.keys()}
    files = [f for name in chapters for f in (CHECKS / "chapters").glob(f"{name}/**/*.py")]
    files += [CHECKS / "chapters" / f"{name}.py" for name in chapters]
    judges = [file.read_bytes() for file in sorted([*CHECKS.glob("*.py"), *files]) if file.is_file()]
    own = [others[name].encode() for name in sorted(others)]
    parts = [source.released.encode(), repr(source.graded).encode(), *judges, *own]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
