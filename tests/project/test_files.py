"""A file is written whole or not at all, and this is done in one place."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import pytest

from revgraph.files import write_atomically

PACKAGE = Path(__file__).parents[2] / "revgraph"


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / ("long name " + "x" * 245)  # as long as a name may be
    write_atomically(path, "old\n")
    write_atomically(path, "ünï\n")
    assert path.read_bytes() == "ünï\n".encode()
    write_atomically(path, b"\x00\r\n")
    assert path.read_bytes() == b"\x00\r\n"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("stage", ["fsync", "replace"])
def test_an_interrupted_write_leaves_the_old_file_and_no_part(
    tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(os, stage, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_private_file_is_never_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(mode=0o644)
    write_atomically(path, "scores", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "none" / "file"
    with pytest.raises(FileNotFoundError) as missing:
        write_atomically(path, "")
    assert str(missing.value) == f"[Errno {errno.ENOENT}] {os.strerror(errno.ENOENT)}: {str(path)!r}"
    with pytest.raises(IsADirectoryError) as folder:
        write_atomically(tmp_path, "")
    assert str(folder.value) == f"[Errno {errno.EISDIR}] {os.strerror(errno.EISDIR)}: {str(tmp_path)!r}"


def test_where_nothing_may_be_removed_the_error_is_that_of_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(part: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(part))

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OSError, match=f"{re.escape(str(tmp_path / 'file'))}'$"):
        write_atomically(tmp_path / "file", "")


def test_nobody_else_writes_aside_and_moves_into_place() -> None:
    moves = re.compile(r"os\.replace\(|NamedTemporaryFile|\bscratch\.(replace|rename)\(|\.part\"|\.new\"")
    found = [path.name for path in PACKAGE.rglob("*.py") if moves.search(path.read_text(encoding="utf-8"))]
    assert found == ["files.py"]
