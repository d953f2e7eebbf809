"""What a student wrote or displayed does nothing in a browser, and what is harmless stays as it is."""

from contextlib import suppress
from html import unescape

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from revgraph.grading import worker
from revgraph.grading.bounded import TooMuch, cpu_time
from revgraph.grading.submission.sanitize import as_code, clean_html, sanitize, sanitize_markdown

from .conftest import PROJECT

HOSTILE = [
    "<script>alert(1)</script>",
    "Look: <img src=x onerror=alert(1)>",
    '<img src="x" onerror="alert(1)">',
    "# A title <svg onload=alert(1)>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "```mermaid\n<img src=x onerror=alert(1)>\n```",
    "[here](javascript:alert(1))",
    "[here](&#106;avascript:alert(1))",
    "[here](JavaScript:alert(1))",
    "<javascript:alert(1)>",
    "[here](data:text/html,<script>alert(1)</script>)",
    "![picture](data:text/html;base64,PHNjcmlwdD4=)",
    '<a href="java&#10;script:alert(1)">here</a>',
    '<a href="x" title="<script>">',
    '<p style="position:fixed;top:0">over everything</p>',
    '<p style="margin-top: -900px">over what is above</p>',
    '<p style="translate: 0 90px">over what is below</p>',
    '<p style="color: red; background: url(//example.org)">loaded</p>',
    '<p class="lead navbar-fixed-top">over everything, by a class of the page</p>',
    "~~a~~ <meter>9</meter>",
    '<iframe src="https://example.org"></iframe>',
    "<form action=https://example.org><button>Full credit</button></form>",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "![a picture that was not handed in](attachment:a.png)",
    '- [ ] <input class="task-list-item-checkbox" type="text" name="points">',
]
ELSEWHERE = [
    "https://example.org/a.png",
    "//example.org/a.png",
    "/\\example.org/a.png",
    "/hub/logout",
    "../../../hub/logout",
    "%2e%2e/%2E./hub/logout",
    "http&#58;//example.org/a.png",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_is_shown_letter_by_letter(text):
    shown = sanitize_markdown(text)
    assert shown == as_code(text)
    assert text in shown


BAR = '<div class="navbar navbar-default navbar-fixed-top">A bar</div>'


@pytest.mark.parametrize("text", [BAR, "a < b", *(text for text in HOSTILE if text.startswith("<"))])
def test_hostile_raw_text_is_shown_letter_by_letter(text):
    cell = new_raw_cell(text)
    sanitize(cell)
    shown = cell.source
    assert shown.startswith("<pre>")
    assert "<" not in shown.removeprefix("<pre>").removesuffix("</pre>")
    assert unescape(shown) == f"<pre>{text}</pre>"
    sanitize(cell)
    assert cell.source == shown


@pytest.mark.parametrize("text", ["plain words", "a &amp; b", '<p style="color: red">red</p>'])
def test_harmless_raw_text_stays(text):
    cell = new_raw_cell(text)
    sanitize(cell)
    assert cell.source == text


def test_a_fence_in_the_text_does_not_end_the_block():
    text = "````\n```\n<script>alert(1)</script>"
    shown = as_code(text)
    assert shown.splitlines()[0] == shown.splitlines()[-1] == "`" * 5
    assert sanitize_markdown(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "# A title\n\n~~out~~ <span style=\"color: rgb(1,2,3); font-family: 'A B'\">red</span>",
        "x < y, $a<b$ and `<img>`; <b>bold</b>, H<sub>2</sub>O<br>\n\n> a quotation & more",
        "| a | b |\n|--:|:-:|\n| 1 | 2 |",
        "```python\nif a < b: print('<script>')\n```",
        "[a page](https://example.org/?a=1&b=2), [below](#there), ![a picture](picture.png)",
        "![pasted](attachment:pasted.png)",
    ],
)
def test_harmless_markdown_stays(text):
    assert sanitize_markdown(text, {"pasted.png": {"image/png": "aGVsbG8="}}) == text


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_picture_that_lies_elsewhere_is_a_link_and_is_not_loaded(address):
    tag = f'<img alt="a" src="{address}">'
    inline = f"Text ![a]({address}) and ![mine](mine.png)"
    assert sanitize_markdown(inline) == f"Text [a]({address}) and ![mine](mine.png)"
    assert sanitize_markdown(f"![a][1]\n\n[1]: {address}") == f"[a][1]\n\n[1]: {address}"
    for shown in (sanitize_markdown(f"x {tag}"), clean_html(tag), clean_html(tag.replace('"', ""))):
        assert "<img" not in shown
        assert "<a href=" in shown


def test_a_list_of_tasks_stays():
    text = "- [x] written\n- [ ] measured\n\nand\n\n1. [ ] with a paragraph\n\n   more"
    assert sanitize_markdown(text) == text


@pytest.mark.parametrize("path", sorted(PROJECT.glob("course/*/*.ipynb")), ids=lambda path: path.stem)
def test_the_course_s_own_texts_are_harmless(path):
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        assert cell.cell_type != "markdown" or sanitize_markdown(cell.source) == cell.source


def test_html_keeps_its_table_and_loses_what_runs():
    table = '<table class="dataframe"><tbody><tr><td style="color: red">1</td></tr></tbody></table>'
    assert clean_html(table) == table
    spaced = '<td style="padding: 0 0.5em">1</td>'
    assert spaced in clean_html("<table><tr><td>1</td></tr></table>")
    hidden = '<td title="a><script>alert(1)</script>">1</td>'
    assert "style" not in clean_html(hidden)
    hostile = '<b onclick="a()">1<script>alert(1)</script><img onerror="a()"><a href="javascript:a()">b</a>'
    for word in ("onclick", "alert", "onerror", "javascript"):
        assert word not in clean_html(hostile)


def test_html_covers_nothing_of_the_page():
    style = "color: red; margin: -9px; background: url(//a); inset: 0"
    hostile = f'<b class="navbar-fixed-top" style="{style}">1</b>'
    assert clean_html(hostile) == '<b style="color: red">1</b>'


def shown(**data):
    """What is left of an output with these kinds of data; _ stands for / in their names."""
    output = new_output("display_data", data={kind.replace("_", "/", 1): v for kind, v in data.items()})
    output.metadata = {"image/png": {"width": "1 onerror=alert(1)"}}
    cell = new_code_cell(outputs=[output])
    sanitize(cell)
    assert cell.outputs[0].metadata == {}
    return cell.outputs[0].data


def test_outputs_keep_text_and_pictures_alone():
    assert shown(text_plain="1", image_png="aGVsbG8=", application_javascript="alert(1)") == {
        "text/plain": "1",
        "image/png": "aGVsbG8=",
    }
    assert shown(application_javascript="alert(1)") == {"text/plain": "[not shown: application/javascript]"}
    assert shown(text_html="<b onclick='a()'>x</b>") == {"text/html": "<b>x</b>"}
    assert shown(text_markdown="<script>a()</script>")["text/markdown"].startswith("```")


def test_outputs_of_no_known_form_become_text():
    stream = {"output_type": "stream", "name": 7, "text": {"a": 1}}
    error = {"output_type": "error", "ename": 7, "evalue": None, "traceback": 7}
    result = {"output_type": "execute_result", "data": {}, "execution_count": 10**5000}
    cell = new_code_cell()
    cell.execution_count = "<img src=x onerror=alert(1)>"
    cell.outputs = [nbformat.from_dict(output) for output in (stream, error, result)]
    sanitize(cell)
    assert cell.outputs[0].text == "{'a': 1}"
    assert cell.outputs[1].traceback == ["7"]
    nbformat.validate(new_notebook(cells=[cell]))
    assert cell.execution_count is None


def test_a_limit_of_time_is_not_held_up():
    """A text that fails by the limit is not tried once more, with a link in place of the picture."""
    with pytest.raises(TooMuch), cpu_time(0.05):
        sanitize_markdown("![a](https://example.org/a.png)\n" + "# a\n" * 20_000)


class Slow:
    """One whose end takes long; what is raised there goes unheard."""

    def __del__(self):
        with suppress(TooMuch):
            without_end()


def without_end():
    while True:
        pass


def slow_twice():
    Slow()
    without_end()


def test_a_limit_of_time_holds_where_it_goes_unheard_at_first():
    with pytest.raises(TooMuch), cpu_time(0.02):
        slow_twice()


def test_cells_beyond_the_time_for_all_are_not_shown(monkeypatch):
    monkeypatch.setattr(worker, "SECONDS_FOR_ALL", 0.0)
    failed = [new_output("stream", text="<b>"), new_output("error", ename="ValueError", evalue="<b>")]
    cells = [new_markdown_cell("<b>a</b>"), new_code_cell("f()", outputs=failed), new_raw_cell("<b>a</b>")]
    worker.sanitize_in_time(cells)
    assert cells[0].source == as_code("<b>a</b>")
    assert cells[2].source == "<pre>&lt;b&gt;a&lt;/b&gt;</pre>"
    assert [output.output_type for output in cells[1].outputs] == ["stream", "error"]
    assert "takes too long" in cells[1].outputs[0].text
    assert (cells[1].outputs[1].ename, cells[1].outputs[1].evalue) == ("ValueError", "")
