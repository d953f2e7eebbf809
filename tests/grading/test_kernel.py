"""A submission's kernel is the one of every notebook, though it has one socket and hardly a thread."""

import json
import os
import threading
from itertools import groupby, islice, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from revgraph.grading.kernels.warm import WarmConnection, WarmProcess
from revgraph.grading.runner import Runner
from revgraph.grading.student import messages
from revgraph.grading.student.limits import DEFAULT

from .conftest import PROJECT


@pytest.fixture(scope="module")
def warm():
    process = WarmProcess().told(package=str(PROJECT / "revgraph"))
    yield process
    process.close()


def test_a_course_may_give_a_call_more_time(monkeypatch):
    monkeypatch.setenv("REVGRAPH_TIME_LIMIT", "60")
    process = WarmProcess().told(package=str(PROJECT / "revgraph"))
    try:
        ((shown,),) = outputs(process, "from revgraph.checks import call; call.SECONDS")
    finally:
        process.close()
    assert shown == ("execute_result", "60.0")


def outputs(warm, *cells, limits=DEFAULT):
    """Of each cell, in order: what was written to which stream, the texts of results, the names of errors."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    Runner(notebook, WarmConnection(warm.run_folder), limits, 0, {}).run_notebook()
    return [told(cell.outputs) for cell in notebook.cells]


def told(shown):
    """A text that came in several messages is one."""
    found = []
    for kind, group in groupby(shown, lambda output: output.get("name") or output.output_type):
        if kind in ("stdout", "stderr"):
            found.append((kind, "".join(output.text for output in group)))
        else:
            found += [(kind, output.get("ename") or output.data["text/plain"]) for output in group]
    return found


# Python 3.12 and later warn where a process with threads forks.
FORKS = "import os, warnings\nwarnings.simplefilter('ignore', DeprecationWarning)"
# fmt: off
CELLS = {  # what a cell shows, in the notebook of everybody
    "a result": ("1 + 1", [("execute_result", "2")]),
    "an error": ("1 / 0", [("error", "ZeroDivisionError")]),
    "both streams": ("import sys\nprint('a')\nprint('b', file=sys.stderr)", [("stdout", "a\n"), ("stderr", "b\n")]),
    "no text": ("import sys\nsys.stdout.write(5)", [("error", "TypeError")]),
    "a long text": ("print('é' * 300_000)", [("stdout", "é" * 300_000 + "\n")]),
    "half a character": (r"print('\ud83d')", [("stdout", "\ud83d\n")]),
    "a program between": ("import os\nprint('a')\n_ = os.system('echo b')\nprint('c')", [("stdout", "a\nb\nc\n")]),
    "a program's complaint": ("import os\n_ = os.system('echo b >&2')", [("stderr", "b\n")]),
    "a program that inherits": ("import subprocess, sys\n_ = subprocess.run(['echo', 'b'], stdout=sys.stdout)", [("stdout", "b\n")]),
    "more than a pipe holds": ("import os\n_ = os.system('head -c 500000 /dev/zero | tr \"\\\\0\" x')", [("stdout", "x" * 500_000)]),
    "what is no UTF-8": ("import os\n_ = os.write(1, b'\\xff')", [("stdout", "�")]),
    "a shell's command": ("!echo $((1 + 1))", [("stdout", "2\n")]),
    "a thread": ("import threading\nt = threading.Thread(target=print, args=('b',))\nt.start(); t.join()", [("stdout", "b\n")]),
    "a child": (f"{FORKS}\nif os.fork() == 0:\n    print('b'); os._exit(0)\n_ = os.wait()", [("stdout", "b\n")]),
    "what was printed before a child": (f"{FORKS}\nprint('a')\nif os.fork() == 0:\n    print('b'); os._exit(0)\n_ = os.wait()\nprint('c')", [("stdout", "b\na\nc\n")]),
    "a child that goes on to the end": (f"{FORKS}\nchild = os.fork()\nif child: _ = os.waitpid(child, 0)\nprint('b')", [("stdout", "b\nb\n")]),
    "a process that is spawned": ("import multiprocessing\nwith multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(abs, [-1]))", [("stdout", "[1]\n")]),
    "an object of its own that is pickled": ("import pickle\nclass A: pass\ntype(pickle.loads(pickle.dumps(A()))) is A", [("execute_result", "True")]),
    "the names that are there": ("' '.join(sorted(globals()))", [("execute_result", "'In Out _ __ ___ __builtin__ __builtins__ __doc__ __loader__ __name__ __package__ __spec__ _dh _i _i1 _ih _ii _iii _oh exit get_ipython open quit'")]),
    "the module that it is": ("__name__, __spec__, __doc__[:21]", [("execute_result", "('__main__', None, 'Automatically created')")]),
    "await": ("import asyncio\nawait asyncio.sleep(0, 'b')", [("execute_result", "'b'")]),
    "a loop that runs already": ("import asyncio\nasyncio.run(asyncio.sleep(0))", [("error", "RuntimeError")]),
    "input": ("input('b')", [("error", "StdinNotImplementedError")]),
    "a magic": ("%pwd", [("execute_result", "'/tmp/work'")]),
    "the history": ("'a'\n%history", [("stdout", "'a'\n%history\n")]),
    "the name of the program": ("import sys\nsys.argv[1:2], sys.path[0]", [("execute_result", "(['-f'], '')")]),
    "its own folder for temporary files": ("import tempfile\ntempfile.gettempdir()", [("execute_result", "'/tmp/work'")]),
    "the place": ("import os\n_dh == [os.getcwd()]", [("execute_result", "True")]),
    "nothing of a cell before it": ("import sys\nlen(In), Out, hasattr(sys, 'last_value')", [("execute_result", "(2, {}, False)")]),
    "that it is a notebook": ("'IPKernelApp' in get_ipython().config", [("execute_result", "True")]),
    "its application": ("from traitlets.config import Application\nApplication.instance().kernel.shell is get_ipython()", [("execute_result", "True")]),
    "a display that is updated": ("h = display('a', display_id=True)\nh.update('b')", [("display_data", "'b'")]),
    "a display that is cleared": ("from IPython.display import clear_output\nprint('a')\nclear_output()\nprint('b')", [("stdout", "b\n")]),
    "what is loaded from the start": ("a = 1\n%store a", [("stdout", "Stored 'a' (int)\n")]),
    "a database for %store": ("get_ipython().db['a'] = 1\nget_ipython().db['a']", [("execute_result", "1")]),
    "one thread more": ("import threading\nthreading.active_count()", [("execute_result", "2")]),
}
# fmt: on


@pytest.fixture(scope="module")
def shown(warm):
    """Each in a kernel of its own."""
    return {name: outputs(warm, cell)[0] for name, (cell, _) in CELLS.items()}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_shows_what_it_shows_everywhere(shown, name):
    assert shown[name] == CELLS[name][1]


MAGICS = "print(*sorted(name for of in get_ipython().magics_manager.magics.values() for name in of))"


def test_it_has_the_magics_of_every_notebook(warm):
    notebook = new_notebook(cells=[new_code_cell(MAGICS)])
    NotebookClient(notebook, kernel_name="python3").execute()
    assert outputs(warm, MAGICS) == [told(notebook.cells[0].outputs)]


def test_one_cell_finds_what_another_left(warm):
    cells = [
        "import asyncio, contextvars\nvariable = contextvars.ContextVar('v')\n_ = variable.set(3)",
        "variable.get()",
        "async def later():\n    await asyncio.sleep(0.01)\n    return 4\ntask = asyncio.ensure_future(later())",
        "await task",
        "_ + 1",
    ]
    assert outputs(warm, *cells)[1::2] == [[("execute_result", "3")], [("execute_result", "4")]]
    assert outputs(warm, "2", "_ + 1")[1] == [("execute_result", "3")]


def test_what_is_printed_is_kept_where_a_cell_never_ends(warm):
    """It is sent while the cell goes on: this kernel does not hear that it shall stop."""
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('before', end='')\nwhile True: pass"
    limits = type(DEFAULT)(cell_seconds=1)
    notebook = new_notebook(cells=[new_code_cell(deaf)])
    heard = []
    runner = Runner(notebook, WarmConnection(warm.run_folder), limits, 0, {})
    process = runner.process_message
    runner.process_message = lambda message, *rest: (
        heard.append(message["content"]) or process(message, *rest)
    )
    runner.run_notebook()
    assert {"name": "stdout", "text": "before"} in heard


TEXTS = st.lists(st.text(max_size=30), min_size=1, max_size=3)


@given(TEXTS, TEXTS, st.integers(1, 40))
def test_messages_of_several_writers_arrive_whole(mine, others, part):
    """Whatever they are cut into, and however the parts of the two meet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "PART", part)
        ours = [packet for text in mine for packet in messages.packets(text)]
        patch.setattr(messages.threading, "get_ident", lambda: 0)
        theirs = [packet for text in others for packet in messages.packets(text)]
    incoming = messages.Incoming()
    mixed = [packet for both in zip_longest(ours, theirs) for packet in both if packet]
    arrived = [message for packet in mixed for message in incoming.whole(packet)]
    assert sorted(arrived) == sorted(mine + others)
    assert [one for one in arrived if one in mine][: len(mine)] == mine or set(mine) & set(others)
    assert incoming._size == 0


WRITER = messages.HEAD.pack(os.getpid(), threading.get_ident(), True, True)


PACKETS = {
    "nothing": b"",
    "no head": b"x",
    "no text": WRITER,
    "half": WRITER + b"{",
    "no UTF-8": WRITER + b"\xff",
}
PACKETS["very deep"] = WRITER + b"[" * 60_000


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_what_is_no_message_cannot_be_read(packet):
    with pytest.raises(messages.Unreadable):
        messages.Incoming().whole(packet)


def test_parts_that_never_end_are_too_long(monkeypatch):
    """Of one writer, or of very many."""
    monkeypatch.setattr(messages, "LONGEST", 100_000)
    for writer in (lambda n: 1, lambda n: n):
        incoming = messages.Incoming()
        packets = [messages.HEAD.pack(writer(n), 1, False, False) + b"x" for n in range(1_000)]
        with pytest.raises(messages.Unreadable, match="too long"):
            list(map(incoming.whole, packets))


def test_a_message_whose_writer_was_interrupted_takes_no_other_with_it(monkeypatch):
    monkeypatch.setattr(messages, "PART", 10)
    begun, whole, incoming = messages.packets("x" * 100), messages.packets("y" * 100), messages.Incoming()
    arrived = [message for packet in [*islice(begun, 3), *whole] for message in incoming.whole(packet)]
    assert arrived == ["y" * 100]
    assert incoming._size == 0


def test_what_is_no_json_is_not_sent():
    with pytest.raises(TypeError):
        list(messages.packets(object()))
    with pytest.raises(ValueError, match="not JSON compliant"):
        list(messages.packets(float("nan")))
    assert json.loads(b"".join(packet[messages.HEAD.size :] for packet in messages.packets(["é", None])))
