"""The kernel of a submission: Jupyter's for Python, without ZeroMQ.

It is made in the warm process, where it has run a cell already, and is served in a fork of that. It talks
with the grader through one socket (messages.py), in the thread that runs the cells. So a kernel starts with
one thread more, in place of ten, and no message goes from thread to thread.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pdb
import signal
import socket
import sys
import tempfile
import threading
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core import debugger
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from traitlets.config import Config

from revgraph.checks.call import SECONDS, as_answer
from revgraph.grading.student import shell
from revgraph.grading.student.answer import answer
from revgraph.grading.student.forked import IN_MEMORY, LAUNCHER, seed_anew, show_figures
from revgraph.grading.student.messages import PACKET, Incoming, packets
from revgraph.grading.student.prints import Prints, flush_in_a_while

CONNECTION = "/run/kernel/connection.json"  # a name alone: there is no such file
FIRST_CELLS = ("[0.5]", "1 / 0")  # an object is shown, and an error: what both import is there then


class Conversation(Session):
    """What a kernel has to say goes to the grader, and to nobody while there is none."""

    channel: socket.socket | None = None
    reply: tuple[list[Any], ...] = ()  # which is sent with the next message: that the request is served

    def msg_header(self, msg_type: str) -> dict[str, Any]:
        return {"msg_id": "", "msg_type": msg_type}

    def feed_identities(self, msg_list: Any, copy: bool = True) -> tuple[list[bytes], Any]:
        return [], msg_list

    def deserialize(self, msg_list: Any, content: bool = True, copy: bool = True) -> Any:
        return msg_list

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,
        buffers: Any = None,
        track: bool = False,
        header: Any = None,
        metadata: Any = None,
    ) -> dict[str, Any]:
        """Raises TypeError and ValueError where it is no JSON. A kernel that nobody hears any more ends."""
        message: dict[str, Any] = msg_or_type
        if not isinstance(msg_or_type, dict):
            message = self.msg(msg_or_type, content, parent, header, metadata)
        is_ours = os.getpid() == self.pid or message["msg_type"] == "stream"  # a child prints, and no more
        if self.channel is not None and is_ours and not _is_known(message):
            self._write([message["msg_type"], message["parent_header"].get("msg_id", ""), message["content"]])
        return message

    def _write(self, told: list[Any]) -> None:
        if told[0].endswith("_reply"):
            self.reply = (told,)
            return
        together, self.reply = [*self.reply, told], ()
        assert self.channel is not None
        for packet in packets(together):
            try:
                os.write(self.channel.fileno(), packet)
            except OSError:
                os._exit(1)

    def print(self, name: str, text: str, request: dict[str, Any]) -> None:
        self.send(None, "stream", {"name": name, "text": text}, request)


def _is_known(message: dict[str, Any]) -> bool:
    """Whether it tells the grader what it knows: what is executed, and that it is."""
    return message["msg_type"] == "execute_input" or message["content"].get("execution_state") == "busy"


class Kernel(IPythonKernel):
    session: Conversation
    shell: Any
    _supports_kernel_subshells = False
    _execute_sleep = 0.0

    async def answer_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Put the cases of a check to the student's work. No cell is executed, and no name of the notebook's
        is touched; figures that are left over show up here, and in no cell."""
        self._forward_input()
        try:
            told = {"status": "ok", "answers": answer(parent["content"]["question"], self.shell.user_ns)}
        except BaseException as error:
            raised = as_answer(error, None, SECONDS)
            told = {"status": "error", "ename": raised.error, "evalue": raised.detail}
        finally:
            self._restore_input()
            self.shell.events.trigger("post_execute")
        self.session.send(stream, "answer_reply", told, parent)


def make_kernel(figures: bool) -> Kernel:
    """In the warm process: one that has run a cell. Without `figures` it draws none."""
    log = logging.getLogger("revgraph.kernel")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    application = IPKernelApp.instance(config=Config(IN_MEMORY))
    application.config.IPKernelApp.connection_file = CONNECTION  # libraries look for it: it is a notebook
    kernel = Kernel.instance(parent=application, session=Conversation(), log=log, user_ns=None)
    kernel.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
    kernel.shell_handlers["answer_request"] = kernel.answer_request
    application.kernel, application.shell = kernel, kernel.shell
    notebook: Any = kernel.shell
    notebook.system = notebook.system_piped = notebook.system_raw = shell.run
    for extension in application.default_extensions:
        notebook.extension_manager.load_extension(extension)
    notebook.unobserve_all("exit_now")  # `exit()` ends a kernel 0.1 s later, wherever it is by then
    vars(pdb).update(Pdb=debugger.InterruptiblePdb, set_trace=debugger.set_trace)  # Ctrl-C ends it
    show_figures(notebook, drawn=figures)
    names = dict(notebook.user_ns)
    for cell in FIRST_CELLS:
        asyncio.run(kernel.do_execute(cell, silent=False, store_history=False))
    notebook.reset()
    notebook.user_ns.update(names | notebook.user_ns)  # it has forgotten `__spec__`, `_` and the like
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)  # of the cell's error
    return kernel


def serve(kernel: Kernel, channel: socket.socket, work: str) -> None:
    """In a fork of the warm process: be this kernel, in the folder `work`, until a cell ends it."""
    kernel.session.channel, kernel.session.pid = channel, os.getpid()
    settle(kernel.shell, work)
    streams = [Prints(name, file, kernel.session.print) for file, name in ((1, "stdout"), (2, "stderr"))]
    sys.stdout, sys.stderr = streams
    flush_in_a_while(streams)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # but while a cell runs
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    listen(kernel, channel, loop)
    loop.call_soon(kernel.start)
    loop.run_forever()


def settle(notebook: Any, work: str) -> None:
    """What a kernel finds out where it starts, and this one was made elsewhere."""
    seed_anew()
    tempfile.tempdir = None  # it was another one's
    sys.argv = [LAUNCHER, "-f", CONNECTION]  # which a notebook may parse
    notebook.init_environment()
    os.makedirs(os.environ["IPYTHONDIR"], exist_ok=True)
    notebook.ipython_dir = os.environ["IPYTHONDIR"]
    notebook.profile_dir = ProfileDir.create_profile_dir_by_name(notebook.ipython_dir)
    notebook.home_dir = notebook.starting_dir = work
    notebook.history_manager.dir_hist[:] = [work]
    sys.path.insert(0, "")  # as in every notebook; not before, or a file beside it could run in our place


def listen(kernel: Kernel, channel: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
    """Serve one request after the other, all in one context: what a cell sets in it the next one finds."""
    incoming, context, serving = Incoming(), copy_context(), set[asyncio.Task[None]]()
    one_at_a_time = asyncio.Lock()

    async def serve_one(request: Any) -> None:
        async with one_at_a_time:
            await kernel.dispatch_shell(request)
        if os.getpid() != kernel.session.pid:
            os._exit(0)  # a child that the cell has forked is at the cell's end, and no kernel

    def hear() -> None:
        packet = os.read(channel.fileno(), PACKET)
        if not packet:
            os._exit(0)  # nobody asks any more
        for request in incoming.whole(packet):
            task = loop.create_task(serve_one(request), context=context)
            serving.add(task)
            task.add_done_callback(serving.discard)

    loop.add_reader(channel, hear)
