"""What a submission shows, made safe for the browsers of those who read it.

nbgrader's formgrader and feedback put a student's Markdown, raw cells and HTML into their pages as they are:
a script in them would run as the instructor who looks at it. So the graded notebook holds none that could.
What was handed in stays untouched in submitted/.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from revgraph.grading.submission.pictures import joined

# nbconvert escapes or encodes these itself; an SVG becomes an image, in which no script runs.
SHOWN_AS_IT_IS = ("text/plain", "text/latex", "image/png", "image/jpeg", "image/svg+xml")
TAG_NAMES = """
    a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark
    ol p pre s section small span strong sub summary sup table tbody td tfoot th thead tr u ul
"""
ATTRIBUTE_NAMES = """
    align alt aria-label class colspan height href id open role rowspan scope src start style title width
"""
STYLE_NAMES = """
    background background-color border border-bottom border-collapse border-color border-left border-radius
    border-right border-spacing border-style border-top border-width color display float font font-family
    font-size font-style font-weight height line-height list-style list-style-type margin margin-bottom
    margin-left margin-right margin-top max-height max-width min-height min-width overflow overflow-x
    overflow-y padding padding-bottom padding-left padding-right padding-top text-align text-decoration
    text-transform vertical-align white-space width
"""
TAGS, ATTRIBUTES = frozenset(TAG_NAMES.split()), frozenset(ATTRIBUTE_NAMES.split())
STYLES = frozenset(STYLE_NAMES.split())  # those with which nothing covers what others wrote
# The pages have classes of their own, such as a bar that is fixed above all. These are nbconvert's, of a
# heading and of colored code, where names have three letters at most, and pandas's.
CLASS = re.compile(r"anchor-link|dataframe|highlight|task-list-item|\w{1,3}")
TAG = re.compile(r"</?([a-z][a-z0-9]*)((?:\s+[a-z-]+=\"[^\"<>]*\")*)\s*/?>", re.I)
ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"", re.I)
# What Markdown makes of `- [x]`; any other field for input might look like one of the page's.
CHECKBOX = re.compile(r'<input class="task-list-item-checkbox" type="checkbox" disabled( checked)?/>')
# nbgrader's pages put cells of a table side by side without a space: 1 and 2 are read as 12.
CELL = re.compile(r"<(t[dh])((?: [a-z]+=\"[\w %#.-]*\")*)>")
# Nothing is loaded, and no number is negative, which would move a thing over others.
STYLE = re.compile(r"(?!.*(?:url|-\s*[\d.]))[\w\s:;.,%#()'\"-]*", re.I | re.S)
ADDRESS = re.compile(r"(?:#|https?:|mailto:|data:image/(?:png|jpeg|gif);base64,|[^:]*$)", re.I)
# A picture is a part of the page or a file beside the notebook. One from the web would tell its author who
# reads the page and when, and one from elsewhere on this server would be asked for in the reader's name.
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,|(?![/\\])(?!.*(?:\.|%2e){2})[^:?#]*$", re.I | re.S)
INLINE = re.compile(r"!(\[[^\]\n]*\]\(\s*<?([^\s)>]*))")  # ![a picture](address
BY_REFERENCE = re.compile(r"!(\[[^\]\n]*\](?!\())")  # ![a picture][1]
IMG = re.compile(r"<img\b[^<>]*?\ssrc\s*=\s*[\"']?([^\s\"'<>]+)[^<>]*>", re.I)


def sanitize(cell: NotebookNode) -> None:
    """Change what `cell` shows where a browser would run it; everything else stays as it is."""
    if cell.cell_type == "code":
        cell.outputs = [sanitize_output(output) for output in cell.outputs]
        cell.execution_count = _count(cell.execution_count)
    elif cell.cell_type == "markdown":
        cell.source = sanitize_markdown(cell.source, cell.get("attachments"))
    elif not is_safe(cell.source):  # nbconvert puts a raw cell into the page as HTML
        cell.source = as_raw_code(cell.source)


def sanitize_markdown(source: str, attachments: dict[str, dict[str, str]] | None = None) -> str:
    """The same text, or with links in place of pictures that lie elsewhere, or as a block of code where it
    holds HTML or links that could run."""
    linked = _pictures_as_links(BY_REFERENCE.sub(r"\1", INLINE.sub(_inline, source)))
    for text in dict.fromkeys([source, linked]):
        try:
            renderer = IPythonRenderer(escape=False, attachments=attachments)
            rendered = MarkdownWithMath(renderer=renderer).render(text)
        except Exception:  # nbconvert would fail on it too, and formgrader's page with it
            continue
        if is_safe(rendered):
            return text
    return as_code(source)


def _inline(picture: re.Match[str]) -> str:
    own = _is_own(picture[2]) or picture[2].startswith("attachment:")
    return picture[0] if own else picture[1]


def _pictures_as_links(html: str) -> str:
    """With a link in place of each picture that lies elsewhere."""
    return IMG.sub(lambda tag: tag[0] if _is_own(tag[1]) else f'<a href="{tag[1]}">{tag[1]}</a>', html)


def _is_own(address: str) -> bool:
    return PICTURE.match(re.sub(r"[\x00-\x20]", "", unescape(address))) is not None


def is_safe(html: str) -> bool:
    """Whether it holds nothing but well-formed tags, attributes and addresses of those named above."""
    html = CHECKBOX.sub("", html)
    if "<" in TAG.sub("", html):
        return False
    for tag, attributes in TAG.findall(html):
        for name, value in ATTRIBUTE.findall(attributes):
            if not _is_allowed(tag.lower(), name.lower(), unescape(value)):
                return False
        if tag.lower() not in TAGS:
            return False
    return True


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "src":
        return tag == "img" and _is_own(value)
    if name == "href":
        return bool(ADDRESS.match(re.sub(r"[\x00-\x20]", "", value)))  # a browser leaves these out as well
    if name == "class":
        return all(map(CLASS.fullmatch, value.split()))
    return name in ATTRIBUTES and (name != "style" or _is_plain(value))


def _is_plain(style: str) -> bool:
    properties = {part.partition(":")[0].strip().lower() for part in style.split(";")} - {""}
    return STYLE.fullmatch(style) is not None and properties <= STYLES


class Styles(CSSSanitizer):
    """Leaves out what is not plain, and keeps the rest of a style."""

    def sanitize_css(self, style: str) -> str:
        return "; ".join(part.strip() for part in style.split(";") if part.strip() and _is_plain(part))


def as_code(text: str) -> str:
    """Markdown that shows `text` letter by letter."""
    fence = "`" * max([2, *map(len, re.findall("`+", text))]) + "`"
    return f"{fence}\n{text}\n{fence}"


def as_raw_code(text: str) -> str:
    """HTML that shows `text` letter by letter."""
    return f"<pre>{escape(text, quote=False)}</pre>"


def sanitize_output(output: NotebookNode) -> NotebookNode:
    """The output with text for text and numbers for numbers, without scripts, widgets and unknown kinds, and
    with HTML cleaned. Of a notebook in another form nbgrader would write no page."""
    if output.output_type == "stream":
        output.name = "stderr" if output.name == "stderr" else "stdout"
        output.text = joined(output.text)
    elif output.output_type == "error":
        output.ename, output.evalue = joined(output.ename), joined(output.evalue)
        lines = output.traceback if isinstance(output.traceback, list) else [output.traceback]
        output.traceback = [joined(line) for line in lines]
    else:
        data = output.data if isinstance(output.data, dict) else {}
        output.data = NotebookNode(
            {kind: _sanitize(kind, content) for kind, content in data.items() if kind in KINDS}
        )
        if data and not output.data:
            output.data["text/plain"] = f"[not shown: {', '.join(sorted(data))}]"
        output.metadata = NotebookNode()  # from which nbconvert writes attributes without quotes
        if "execution_count" in output:
            output.execution_count = _count(output.execution_count)
    return output


def _count(number: Any) -> int | None:
    return number if type(number) is int and 0 <= number < MOST_CELLS_RUN else None


MOST_CELLS_RUN = 1_000_000  # by one kernel


KINDS = (*SHOWN_AS_IT_IS, "text/html", "text/markdown")


def _sanitize(kind: str, content: Any) -> str:
    text = joined(content)
    if kind == "text/html":
        return clean_html(text)
    return sanitize_markdown(text) if kind == "text/markdown" else text


def clean_html(html: str) -> str:
    """The HTML with nothing but the tags, attributes and addresses named above, and room in its tables."""
    without_code = _pictures_as_links(re.sub(r"<(script|style)\b.*?</\1\s*>", "", html, flags=re.I | re.S))
    cleaned: str = bleach.clean(
        without_code,
        tags=TAGS,
        attributes=lambda *found: found[1] == "style" or _is_allowed(*found),  # Styles looks at it
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=Styles(),
        strip=True,
    )
    return CELL.sub(r'<\1\2 style="padding: 0 0.5em">', cleaned)
