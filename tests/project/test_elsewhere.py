"""What this machine does not run: GitHub's workflow, the container. Held to what is here."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]


def commands(job: dict) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_workflow_runs_what_ci_runs() -> None:
    workflow = yaml.safe_load((PROJECT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    everything, learner = workflow["jobs"]["everything"], workflow["jobs"]["learner"]
    assert commands(everything)[-1] == ".ci/run"
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)
    needed = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in needed
    assert workflow[True] == {"push": {"branches": ["main"]}, "pull_request": None}  # YAML reads `on` as true
    assert learner["strategy"]["matrix"]["system"] == ["macos-latest", "windows-latest"]
    last = commands(learner)[-1].split()
    assert last[:2] == ["python", "tools/learners_path.py"]
    assert last[2:] == [f"{number:02}" for number in range(7)]
    assert all(len(list((PROJECT / "solutions").glob(f"{number}_*"))) == 1 for number in last[2:])


@pytest.mark.skipif(os.name == "nt", reason="the workflow runs it there")
def test_the_learners_path_is_walked(tmp_path: Path) -> None:
    command = [sys.executable, str(PROJECT / "tools" / "learners_path.py"), "00"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "revgraph start opened the course" in done.stdout
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE)


def test_the_container_holds_the_grader_and_no_answer() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    kept = [line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    assert not {"solutions", "tests"} & set(kept)
    assert all((PROJECT / name).exists() for name in kept)
    built = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    sdist = re.search(r"only-include = \[(.*CHANGELOG.*)\]", built)
    assert sdist is not None
    assert set(re.findall(r'"([^"]+)"', sdist[1])) <= set(kept)  # what the build asks for is there
    instructions = [
        line.split()[0] for line in re.sub(r"\\\n", "", dockerfile).splitlines() if line[:1].isupper()
    ]
    assert instructions[0] == "FROM"
    assert not re.search(r"^FROM \S+:latest|^FROM [^:\s]+$", dockerfile, re.MULTILINE), "which version?"
    assert instructions.index("USER") > max(i for i, word in enumerate(instructions) if word == "RUN")
    assert fnmatch.filter(instructions, "[CE]*") == ["COPY", "ENTRYPOINT", "CMD"]


def test_the_container_has_walls_of_its_own() -> None:
    services = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"selftest", "grade"}
    for service in services.values():
        assert service["network_mode"] == "none"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
