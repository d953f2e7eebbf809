"""All exercises that are known where this code runs: the course's own, those of packages, and our chapters'.

A name means one exercise. Two of a course's own that share a name are an error, and so is one that has the
name of a chapter's, unless the course says that it has none of our chapters. What packages bring comes after
a course's own; a name that a package shares with a chapter or with another package means none: asking for it
is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from revgraph.checks import chapters
from revgraph.checks.exercise import Exercise
from revgraph.checks.own import course as courses
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.bundle import Place
from revgraph.checks.own.course import Course
from revgraph.checks.own.packages import digest, installed


@dataclass(frozen=True, eq=False)
class Known:
    """Exercises by name, in the order of the course. ``places`` is what the course at hand shows of itself;
    ``own`` are its own exercises, ``brought`` those of packages, each with its package; ``unclear`` says of a
    name why it means no exercise, ``broken`` which packages could not be loaded."""

    exercises: Mapping[str, Exercise]
    places: tuple[Place, ...]
    own: frozenset[str] = frozenset()
    brought: Mapping[str, str] = field(default_factory=dict)
    unclear: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()


Listed = Exercise | Place  # what progress shows: a name, points and a chapter


def exercises() -> dict[str, Exercise]:
    """All exercises by name, in the order of the course. Raises Broken for a file of the course's own."""
    return dict(known().exercises)


def known() -> Known:
    course = courses.at_hand()
    return of_course(course) if course else _without_own(_packages_here())


def listed() -> dict[str, Listed]:
    """What the course at hand consists of, by name: its own exercises, or those of our chapters."""
    found = known()
    if found.places:
        return _first_of_each(found.places)
    return {name: one for name, one in found.exercises.items() if name in found.own} or dict(found.exercises)


def _first_of_each(places: tuple[Place, ...]) -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for place in places:
        found.setdefault(place.name, place)
    return found


def own_packages() -> list[str]:
    """The packages that hold exercises other than our chapters: what of them travels, travels by value."""
    course = courses.at_hand()
    return [*([course.load().package] if course else []), *sorted(set(installed().packages.values()))]


def of_chapters() -> set[str]:
    """The exercises of our chapters, as far as they are known here."""
    found = known()
    return set(found.exercises) - found.own - found.brought.keys()


def digest_of(name: str) -> str:
    """A digest of all that decides how an exercise judges; empty for our chapters' and unknown ones."""
    course, found = courses.at_hand(), known()
    if course and name in found.own:
        loaded = course.load()
        return course.bundle.only(course.bundle.needed_by([loaded.files[name]])).digest
    return digest(found.brought[name]) if name in found.brought else ""


def home() -> Path | None:
    """The folder beside which a learner of the course at hand keeps their own library; None for our own."""
    course = courses.at_hand()
    return course.home if course else None


@lru_cache(maxsize=8)
def of_course(course: Course) -> Known:
    loaded = course.load()
    taken = chapters.exercises() if course.bundle.ours else {}
    for name in loaded.exercises:
        if name in taken:
            raise Broken(
                f"{loaded.where(name)}: revgraph has an exercise {name!r} already, in chapter "
                f"{taken[name].chapter}. Next: give yours and its function another name, or, if the course "
                "has none of revgraph's, write c.RevgraphCourse.chapters = False into nbgrader_config.py"
            )
    chapter = {place.name: place.chapter for place in reversed(course.bundle.places)}
    own = {
        name: replace(one, chapter=chapter.get(name, course.bundle.folder))
        for name, one in loaded.exercises.items()
    }
    return _together(own, taken, course.places)


def _together(own: dict[str, Exercise], ours: dict[str, Exercise], places: tuple[Place, ...]) -> Known:
    brought = installed()
    clashing = [name for name in brought.exercises if name in ours]
    unclear = brought.twice | {name: _clash(name, brought.packages[name]) for name in clashing}
    whole: dict[str, Exercise] = {}
    every = {**brought.exercises, **ours, **own}
    for name in dict.fromkeys([*own, *ours, *every]):
        if name in own or name not in unclear:
            whole[name] = replace(every[name], course=whole)
    listed = tuple(replace(p, points=whole[p.name].points) if p.name in whole else p for p in places)
    seen = tuple(place for place in listed if place.points or place.name in whole)
    packages = {
        name: brought.packages[name] for name in whole if name in brought.exercises and name not in own
    }
    return Known(whole, seen, frozenset(own), packages, unclear, tuple(brought.broken))


def _clash(name: str, package: str) -> str:
    return f"{package} brings an exercise {name!r}, and revgraph's chapters have one: uninstall that package"


@lru_cache(maxsize=8)
def _without_own(package: str) -> Known:
    """Our chapters and all packages; the course at hand is ours, or that of a package."""
    if not (installed().packages or installed().broken or installed().twice):
        return Known(chapters.exercises(), ())
    found = _together({}, chapters.exercises(), ())
    mine = [e for e in found.exercises.values() if package and found.brought.get(e.name) == package]
    places = tuple(Place(e.name, e.chapter, e.chapter, e.points) for e in mine)
    return replace(found, places=places)


def _packages_here() -> str:
    """The package whose exercises the notebooks in this folder check; nothing where they check others."""
    packages = installed().packages
    if not packages:
        return ""
    checked = (
        place.name for path in sorted(Path.cwd().glob("*.ipynb")) for place in courses.checked_in(path)
    )
    return next((packages[name] for name in checked if name in packages), "")
