"""What runs with the student imports nothing of the grader's: it is all that is copied into the sandbox."""

import ast

import pytest

from .conftest import PROJECT

STUDENT = "revgraph.grading.student"
ALLOWED = ("revgraph.checks.call.", "revgraph.checks.tables.")  # which import nothing that answers
FILES = sorted((PROJECT / "revgraph" / "grading" / "student").glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_runs_with_the_student_imports_only_itself_and_what_calls_a_candidate(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        ours = [name for name in names if name.split(".")[0] == "revgraph"]
        assert all(f"{name}.".startswith((f"{STUDENT}.", *ALLOWED)) for name in ours), ours
