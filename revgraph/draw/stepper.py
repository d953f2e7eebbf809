"""Frames to step through: a slider in a live notebook, a strip of all frames elsewhere."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any, overload

from revgraph.draw.frames import Frame, film_strip

CELL = "padding: 1px 10px; text-align: left; border-bottom: 1px solid #7f7f7f"


class Stepper(Sequence[Frame]):
    """A sequence of frames that a notebook shows with a slider: drag it, use the arrow keys, or press play.

    Where no Python is behind the page (nbconvert, GitHub), it shows all frames as a strip. ``widget`` gives
    the slider and ``strip`` the strip, whatever the surroundings.
    """

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = tuple(frames)

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Frame]: ...
    def __getitem__(self, index: int | slice) -> Frame | Sequence[Frame]:
        return self.frames[index]

    def strip(self) -> str:
        """All frames as one SVG text."""
        return film_strip(self.frames)

    def save(self, path: str | Path) -> Path:
        """Write the strip as an SVG file."""
        path = Path(path)
        path.write_text(self.strip(), encoding="utf-8")
        return path

    def widget(self, start: int = 0) -> Any:
        """Slider, play button and frames as one ipywidget.

        The browser alone moves from frame to frame, without asking the kernel.
        """
        import ipywidgets as w

        last = len(self.frames) - 1
        layout = w.Layout(width="28em")
        slider = w.IntSlider(
            start, 0, last, description="Step", layout=layout, tooltip="Arrow keys step, too"
        )
        play = w.Play(value=start, min=0, max=last, interval=1500, show_repeat=False)
        pages = [w.HTML(_page(frame)) for frame in self.frames]
        stack = w.Stack(pages, selected_index=start)
        w.jslink((play, "value"), (slider, "value"))
        w.jslink((slider, "value"), (stack, "selected_index"))
        return w.VBox([w.HBox([play, slider]), stack])

    def __repr__(self) -> str:
        return f"Stepper({len(self.frames)} frames)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"image/svg+xml": self.strip()}
        if "JPY_SESSION_NAME" in os.environ or sys.platform == "emscripten":  # someone can step
            with suppress(ImportError):
                bundle |= self.widget()._repr_mimebundle_()
        return bundle | {"text/plain": repr(self)}


def _page(frame: Frame) -> str:
    lines = "".join(f"<div>{escape(line)}</div>" for line in frame.lines)
    spoken = f'<svg role="img" aria-label="{escape(frame.title)}"'
    picture = frame.svg[frame.svg.index("<svg") :].replace("<svg", spoken, 1)
    return (
        f'<div style="color: var(--jp-content-font-color1, #1b1b1b)"><b>{escape(frame.title)}</b>'
        f'<div style="overflow-x: auto">{picture}</div>{lines}{_table(frame)}</div>'
    )


def _table(frame: Frame) -> str:
    if not frame.rows:
        return ""
    head = "".join(f'<th scope="col" style="{CELL}">{escape(cell)}</th>' for cell in frame.header)
    body = "".join(
        "<tr>" + "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in frame.rows
    )
    return f'<table style="margin-top: 8px; border-collapse: collapse"><tr>{head}</tr>{body}</table>'
