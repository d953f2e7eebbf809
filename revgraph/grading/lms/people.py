"""Which student of the gradebook is which person of the LMS's file. Nothing is guessed: whoever fits twice
or not at all is reported."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from revgraph.grading.lms.sheet import Row
from revgraph.grading.submission.repair import folded


@dataclass
class Person:
    """One of the file. `ids` are unique there (numbers, logins, addresses); `names` need not be.

    Who is in several sections may have several `rows`.
    """

    shown: str
    ids: set[str]
    names: set[str]
    rows: list[Row]


@dataclass
class Student:
    """One of the gradebook."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


@dataclass
class Matched:
    pairs: dict[str, Person] = field(default_factory=dict)  # by the student's id
    by_name: list[str] = field(default_factory=list)  # students in `pairs` of whom only the name fits
    missing: list[str] = field(default_factory=list)  # students whom the file does not have
    doubtful: dict[str, list[str]] = field(default_factory=dict)  # who might be several, and which
    strangers: list[Person] = field(default_factory=list)  # people whom the gradebook does not have


def match(students: Iterable[Student], people: list[Person]) -> Matched:
    """By what is unique first, then by logins within addresses, and last by names."""
    matched, students = Matched(), list(students)
    for keys_of_student, keys_of_person in KEYS:
        before = set(matched.pairs)
        free = [person for person in people if all(person is not taken for taken in matched.pairs.values())]
        found = _index(free, keys_of_person)
        settled = matched.pairs.keys() | matched.doubtful.keys()
        open_ = [student for student in students if student.id not in settled]
        claims = {s.id: _distinct(p for key in keys_of_student(s) for p in found.get(key, [])) for s in open_}
        _settle(matched, {name: claimed for name, claimed in claims.items() if claimed})
        matched.by_name = sorted(matched.pairs.keys() - before)
    matched.missing = [s.id for s in students if s.id not in matched.pairs.keys() | matched.doubtful.keys()]
    taken = list(matched.pairs.values())
    matched.strangers = [person for person in people if all(person is not other for other in taken)]
    return matched


def _settle(matched: Matched, claims: dict[str, list[Person]]) -> None:
    """Pair each student who claims exactly one person with that person, if no other student claims it."""
    claimants: dict[int, list[str]] = defaultdict(list)
    for name, people in claims.items():
        for person in people:
            claimants[id(person)].append(name)
    for name, people in claims.items():
        if len(people) == 1 and len(claimants[id(people[0])]) == 1:
            matched.pairs[name] = people[0]
        else:
            matched.doubtful[name] = [person.shown for person in people]


def _index(people: Iterable[Person], keys: Callable[[Person], Iterable[str]]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        for key in set(keys(person)):
            found[key].append(person)
    return found


def _distinct(people: Iterable[Person]) -> list[Person]:
    return list({id(person): person for person in people}.values())


def plain(text: str) -> str:
    return " ".join(folded(text).split())


def _ids(student: Student) -> Iterator[str]:
    yield from (plain(text) for text in (student.id, student.lms_user_id, student.email) if text)


def _as_login(key: str, one: str, other: str) -> str:
    """`ada` and the first part of `ada@example.org` are the same, and of two addresses they are not."""
    name, at, _ = plain(key).partition("@")
    return f"{one} {name}" if at else f"{other} {name}"


def _names(student: Student) -> Iterator[str]:
    if student.first_name and student.last_name:
        yield letters(f"{student.last_name}{student.first_name}")
        yield letters(f"{student.first_name}{student.last_name}")
    yield letters(student.id)  # who was collected by name, as `lovelaceada`


def _person_names(person: Person) -> Iterator[str]:
    for name in person.names:
        yield letters(name)
        last, comma, first = name.partition(",")
        if comma:
            yield letters(first + last)


def letters(name: str) -> str:
    """As Canvas writes a name into a file's: small letters and digits alone."""
    return re.sub(r"[\W_]", "", folded(name))


KEYS: list[tuple[Callable[[Student], Iterable[str]], Callable[[Person], Iterable[str]]]] = [
    (_ids, lambda person: map(plain, person.ids)),
    (
        lambda student: [_as_login(key, "address", "login") for key in _ids(student)],
        lambda person: [_as_login(key, "login", "address") for key in person.ids],
    ),
    (lambda student: filter(None, _names(student)), lambda person: filter(None, _person_names(person))),
]
