"""What an instructor may set: a file `revgraph.toml` beside the chapters, or in a chapter's folder.

    quiz = true           a check says right or wrong, and nothing else
    another_way = false   after a pass, no other way to write it
    good_answers = true   a question in words folds open to what a good answer says

The environment variables REVGRAPH_QUIZ, REVGRAPH_ANOTHER_WAY and REVGRAPH_GOOD_ANSWERS (yes or no) come
before the file. Where neither says anything, good answers are open to whoever studies alone.
"""

import os
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path

from revgraph.checks.browser import IN_BROWSER

FILE = "revgraph.toml"
OWN_STUDY = "REVGRAPH_OWN_STUDY"
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class Options:
    quiz: bool = False
    another_way: bool = True
    good_answers: bool | None = None  # open to whoever studies alone


def options() -> Options:
    """What holds for the notebook that runs here.

    Raises ValueError where the file says something else than yes or no of what it may say.
    """
    chosen = Options()
    for folder in (Path.cwd().parent, Path.cwd()):
        chosen = _read(chosen, folder / FILE)
    for field in fields(Options):
        word = os.environ.get(f"REVGRAPH_{field.name.upper()}", "").lower()
        if word:
            chosen = replace(chosen, **{field.name: _yes_or_no(word, f"REVGRAPH_{field.name.upper()}")})
    return chosen


def studies_alone() -> bool:
    """Whether the course is open in a browser's page, or by `revgraph start`, which sets the variable."""
    return IN_BROWSER or bool(os.environ.get(OWN_STUDY))


def _read(chosen: Options, path: Path) -> Options:
    if not path.is_file():
        return chosen
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    known = [field.name for field in fields(Options)]
    for name, value in said.items():
        if name not in known or not isinstance(value, bool):
            allowed = " and ".join(f"{one} = true or false" for one in known)
            raise ValueError(f"{path}: {name} = {value!r} means nothing here; it may say {allowed}")
    return replace(chosen, **said)


def _yes_or_no(word: str, name: str) -> bool:
    if word not in WORDS:
        raise ValueError(f"{name} is {word!r}; it may be yes or no")
    return WORDS[word]
