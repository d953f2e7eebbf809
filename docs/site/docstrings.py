"""Our docstrings are written for `help()`, with code between backticks. Here they become reStructuredText."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

CODE = re.compile(r"(``.+?``|`[^`\n]+`)")
MARKUP = re.compile(r"([*|\\]|_(?!\w))")


def as_rst(app: object, what: str, name: str, found: object, options: object, lines: list[str]) -> None:
    """Rewrite the lines of a docstring in place, as `autodoc-process-docstring` wants it."""
    lines[:] = paragraphs(lines)


def paragraphs(lines: list[str]) -> Iterator[str]:
    """Text stays text; what is set in columns or indented stays as it is set."""
    for block in blocks(lines):
        if is_set(block):
            yield from ("::", "", *("    " + line for line in block), "")
        else:
            yield from (*map(escaped, block), "")


def blocks(lines: list[str]) -> list[list[str]]:
    """What empty lines part, but for an indented program, whose empty lines belong to it."""
    found: list[list[str]] = []
    for empty, group in groupby(lines, key=lambda line: not line.strip()):
        block = [] if empty else list(group)
        if block and found and block[0].startswith(" ") and found[-1][0].startswith(" "):
            found[-1] += ["", *block]
        elif block:
            found.append(block)
    return found


def is_set(block: list[str]) -> bool:
    """Whether line breaks and columns of a paragraph mean something: code, a table, a list of parameters."""
    return any(re.match(r"\s|>>>", line) or re.search(r"\S {2,}\S", line) for line in block) or (
        len(block) > 1 and all(re.match(r"[\w, ()*]{1,30}: ", line) for line in block)
    )


def escaped(line: str) -> str:
    """Every piece of code as a literal, and nothing else read as markup."""
    parts = CODE.split(line)
    return "".join(
        f"``{part.strip('`')}``{after(parts, at)}" if at % 2 else MARKUP.sub(r"\\\1", part)
        for at, part in enumerate(parts)
    )


def after(parts: list[str], at: int) -> str:
    """A literal ends before a letter only where that is said."""
    return "\\ " if re.match(r"[^\W_]", parts[at + 1]) else ""
