"""One set of version ranges: pyproject.toml, environment.yml and the lock say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
METADATA = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
EXTRAS = METADATA["optional-dependencies"]
CONDA_NAMES = {"graphviz": "python-graphviz"}  # conda's graphviz is the program, not its Python package
PLATFORMS = [
    {"python_full_version": f"{python}.9", "python_version": python, "sys_platform": system, "os_name": name}
    for python in ("3.11", "3.12", "3.13")
    for system, name in (("linux", "posix"), ("darwin", "posix"), ("win32", "nt"))
]


def ranges(*groups: list[str]) -> dict[str, str]:
    """The specifier of each requirement, revgraph's own extras left out."""
    requirements = [Requirement(line) for group in groups for line in group]
    return {canonicalize_name(r.name): str(r.specifier) for r in requirements if r.name != "revgraph"}


def locked() -> list[Requirement]:
    lines = (PROJECT / "requirements.lock").read_text().splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def test_the_browser_gets_all_that_is_listed_for_it() -> None:
    lite = PROJECT / "docs" / "site" / "lite"
    listed = [line for line in (lite / "packages.in").read_text().splitlines() if not line.startswith("#")]
    pinned = re.findall(r"^([\w-]+)==", (lite / "packages.lock").read_text(), re.MULTILINE)
    assert {Requirement(line).name for line in listed} <= set(pinned)


def test_extras_agree_with_one_another() -> None:
    for name, group in EXTRAS.items():
        for package, specifier in ranges(group).items():
            everywhere = {ranges(other).get(package, specifier) for other in EXTRAS.values()}
            assert everywhere == {specifier}, f"{package} in {name}"


def test_conda_environment_has_the_ranges_of_the_course() -> None:
    dependencies = yaml.safe_load((PROJECT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in dependencies if isinstance(entry, dict))
    assert "-e ." in pip
    listed = [entry for entry in dependencies if isinstance(entry, str)] + [
        line for line in pip if line[0] != "-"
    ]
    expected = ranges(METADATA["dependencies"], EXTRAS["course"])
    expected = {CONDA_NAMES.get(name, name): specifier for name, specifier in expected.items()}
    assert ranges(listed) == expected | {"python": METADATA["requires-python"], "pip": ""}


def test_lock_pins_every_dependency_once_on_every_platform() -> None:
    asked = [line for group in (METADATA["dependencies"], *EXTRAS.values()) for line in group]
    for platform in PLATFORMS:
        wanted = ranges([line for line in asked if is_for(Requirement(line), platform)])
        here = [requirement for requirement in locked() if is_for(requirement, platform)]
        pins = {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in here}
        assert len(pins) == len(here)
        for name, specifier in wanted.items():
            assert Requirement(f"{name}{specifier}").specifier.contains(pins[name], prereleases=True)


def is_for(requirement: Requirement, platform: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(dict(platform))


@pytest.mark.parametrize(
    ("machine", "implementation", "has_a_wheel"),
    [
        ("x86_64", "CPython", True),
        ("aarch64", "CPython", True),
        ("arm64", "CPython", True),
        ("AMD64", "CPython", True),
        ("ARM64", "CPython", False),  # Windows on ARM
        ("armv7l", "CPython", False),
        ("x86_64", "PyPy", False),
    ],
)
def test_pygraphviz_is_left_out_where_it_would_have_to_be_built(
    machine: str, implementation: str, has_a_wheel: bool
) -> None:
    here = {"platform_machine": machine, "platform_python_implementation": implementation}
    asked = [Requirement(line) for group in EXTRAS.values() for line in group if "pygraphviz" in line]
    assert len(asked) == 2
    for requirement in asked:
        assert requirement.marker is not None
        assert requirement.marker.evaluate(here) == has_a_wheel


def test_lock_names_no_index_and_no_path() -> None:
    for line in (PROJECT / "requirements.lock").read_text().splitlines():
        assert re.fullmatch(r"[a-z0-9._-]+==[0-9][0-9a-z.]*( ; [^/]+)?", line), line


def test_documented_commands_exist() -> None:
    """Every `make target` in the documents stands in the Makefile."""
    documents = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *PROJECT.glob("*/README.md")]
    named = {target for path in documents for target in re.findall(r"`make ([a-z-]+)", path.read_text())}
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert named
    assert named <= targets
