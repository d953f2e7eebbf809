"""Run one submission: its cells in an isolated kernel, its checks judged out here.

A check cell is never executed. Its cases go to the kernel, plain answers come back, and the verdict is
written into the notebook as outputs that nbgrader scores as it scores any other cell.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from time import process_time
from typing import Any

from nbclient.exceptions import CellControlSignal, CellExecutionComplete, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from revgraph.checks import Answer, Verdict
from revgraph.checks.blame import Blame
from revgraph.checks.judge import blamed
from revgraph.grading import judging
from revgraph.grading.errors import NOT_RUN
from revgraph.grading.kernels.isolated import IsolatedKernel
from revgraph.grading.kernels.warm import WarmConnection, WarmProcessEnded, last_words, new_folder
from revgraph.grading.patience import Clock
from revgraph.grading.student.limits import Limits
from revgraph.grading.submission.pictures import joined
from revgraph.grading.submission.repair import new_cell
from revgraph.grading.submission.written import mentioned, written

GRACE = 2.0  # seconds an interrupted cell has to stop
INTERRUPTS = 3
FLOOD = 100  # a cell that writes this many times what it may is ended,
LEAST_FLOOD = 10_000_000  # where that is as many bytes: an instructor may want none to be shown
TO_LISTEN = 0.5  # of the grader's time for a submission: as much is left to judge it and to make it safe
CELLS_OUTPUT = 20  # times the output of a cell is what all cells' outputs may be together
LONGEST_SCORE = 100  # characters
QUIET = 10.0  # seconds without any output, after which a cell that has ended sends none any more
PATIENCE = 60  # seconds for a kernel that is to start and to answer one case
FOR_CALLS = 0.8  # of the time of a cell is for the calls of a check
SKIPPED = "skip-execution"  # the tag of a cell that is not to be run
NO_WORD = "the kernel did not say how it ended"  # as where IPython fails at the text of an error
NO_REPLY = {"ename": "NoReply", "evalue": NO_WORD, "traceback": [NO_WORD]}


@dataclass
class CheckResult:
    """What became of one check cell, or of one cell of plain assertions, which `exercise` names then."""

    exercise: str
    points: float
    max_points: float
    reason: str  # empty for a pass
    misconception: str | None = None
    kind: str = ""  # of the failure, as it is counted over a class; empty for a pass
    error: str = ""  # which a cell of plain assertions ended with


@dataclass(frozen=True)
class Judged:
    """A check cell by its place, with what was said of it."""

    index: int
    asked: judging.CheckCall
    verdict: Verdict
    answers: list[Answer]
    result: CheckResult

    @property
    def shown(self) -> tuple[bool, ...]:
        """Which of the cases that the learner's own notebook shows passed; empty where all did, and where
        nothing is written yet."""
        return self.verdict.report.outcomes if self.verdict.report else ()


@dataclass
class Execution:
    """A request to execute a cell, and what has been heard of it."""

    request: str
    cell: NotebookNode
    index: int
    reply: dict[str, Any] | None = None
    is_idle: bool = False  # all its outputs were sent

    def has_replied(self) -> bool:
        return self.reply is not None

    def has_ended(self) -> bool:
        return self.has_replied() or self.is_idle


@dataclass
class Run:
    """The outcome of a run. The notebook itself holds the outputs."""

    checks: list[CheckResult] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def rehearse(run_folder: str, limits: Limits) -> str:
    """Start a kernel, import, answer a case: empty, or why that failed, in the kernel's last words."""
    cell = new_code_cell("import numpy as np\nfrom revgraph.checks import check\nrehearsed = np.cumsum")
    runner = Runner(new_notebook(cells=[cell]), WarmConnection(run_folder), limits, 0, {})
    folder = new_folder(run_folder)
    try:
        return runner.rehearse(folder)
    except Exception as error:
        return str(error) or type(error).__name__
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Runner(Execute):
    """nbgrader's way of executing cells, in an isolated kernel, with checks judged outside. The notebook is
    run in place; `files` lie beside it."""

    def __init__(
        self,
        notebook: NotebookNode,
        warm: WarmConnection,
        limits: Limits,
        seed: int,
        files: dict[str, bytes],
    ) -> None:
        super().__init__(timeout=limits.cell_seconds, config=Config())
        self.record_timing = False
        self.nb = notebook
        self.warm, self.limits, self.seed, self.files = warm, limits, seed, files
        self.kernel: IsolatedKernel | None = None
        self.outcome = Run()
        self.done: set[str] = set()
        self.judged: list[Judged] = []
        self.right_by_themselves: set[str] = set()  # they failed by what they use
        self.written = 0  # by this cell
        self.kept = 0  # of all cells' outputs
        self.heard = 0  # messages of all cells
        self.listened = 0.0  # seconds of CPU time in which messages were read, whomever they are for
        self.answering = False
        self.ended_in = ""  # the check in which the kernel ended, if it has points all the same
        self.clock = Clock(self._waited, limits.submission_seconds)

    def run_notebook(self) -> Run:
        """Whatever the submission does, this returns.

        Raises RuntimeError where no kernel could be had, which is no fault of the submission's.
        """
        self.reset_execution_trackers()
        try:
            self._start()
            for index, cell in enumerate(self.nb.cells):
                self._run_cell(cell, index)
            self._blame()
        except DeadKernelError as reason:
            if self.warm.has_ended():
                raise WarmProcessEnded("the warm process ended") from None
            self._give_up(str(reason).replace("Kernel", "the kernel"))
        except TimeoutError:
            self._give_up(f"stopped after {self.limits.submission_seconds} seconds")
        finally:
            self.end()
        return self.outcome

    def rehearse(self, folder: str) -> str:
        self.reset_execution_trackers()
        self.clock = Clock(self._waited, PATIENCE)
        try:
            self._start_in(folder)
            self._execute(self.nb.cells[0], 0)
            answers = self._answers(0, judging.rehearsal("rehearsed"))
        except DeadKernelError as reason:
            return f"{reason}; {last_words(Path(folder, 'log'))}"
        except TimeoutError:
            return f"it has not answered after {PATIENCE} seconds; {last_words(Path(folder, 'log'))}"
        finally:
            self.end()
        wrong = [out.get("evalue", "") for out in self.nb.cells[0].outputs if out.output_type == "error"]
        return "; ".join(wrong) if wrong or judging.is_rehearsed(answers) else "it does not answer"

    def _start(self) -> None:
        """Start the kernel; then its folder goes, before a student's code runs."""
        folder = new_folder(self.warm.run_folder)
        self._start_in(folder)
        shutil.rmtree(folder)

    def _start_in(self, folder: str) -> None:
        self._lay_out(Path(folder, "files"))
        self.kernel = IsolatedKernel(self.warm, self.limits, folder)
        self._until_it_is_heard()

    def _until_it_is_heard(self) -> None:
        """Its files are in their place then. No line of a student's has run yet: raises RuntimeError, and not
        what a submission is blamed for."""
        kernel, heard = self.kernel, list[Any]()
        assert kernel is not None
        try:
            clock = Clock(self._waited, 2 * PATIENCE)
            if clock.comes(lambda: bool(heard), lambda left: heard.extend(kernel.hear(left)), PATIENCE):
                return
        except DeadKernelError:
            words = last_words(Path(kernel.folder, "log"))
            raise RuntimeError(f"the kernel did not start: {words}") from None
        raise RuntimeError(f"the kernel did not start in {PATIENCE} seconds")

    def end(self) -> None:
        if self.kernel is not None:
            self.kernel.end()

    def _lay_out(self, folder: Path) -> None:
        for name, content in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for path in [folder, *folder.rglob("*")] if self.files else []:
            path.chmod(0o755 if path.is_dir() else 0o644)

    def _run_cell(self, cell: NotebookNode, index: int) -> None:
        if asked := judging.judged_call(cell):
            points = float(cell.metadata.nbgrader.points)
            self._judge(cell, index, judging.worth(asked, points))
        else:
            if utils.is_grade(cell):
                self._display_id_map.clear()  # what it shows in cells above could tell of a hidden test
            self._execute(cell, index)
            if utils.is_grade(cell):
                _forgive_warnings(cell)
        self.done.add(cell.id)

    def _execute(self, cell: NotebookNode, index: int) -> None:
        if cell.cell_type != "code" or not cell.source.strip() or SKIPPED in cell.metadata.get("tags", []):
            return
        self.clear_before_next_output = False
        cell.outputs = []
        assert self.kernel is not None
        with readable():
            reply = self._reply_to(Execution(self.kernel.execute(cell.source), cell, index))
            self.code_cells_executed += 1
            cell.execution_count = self.code_cells_executed
            self.on_cell_executed(cell=cell, cell_index=index, execute_reply=reply)

    def _waited(self) -> float:
        return self.kernel.waited() if self.kernel else 0.0

    def _judge(self, cell: NotebookNode, index: int, asked: judging.CheckCall) -> None:
        above = [one.source for one in self.nb.cells[:index] if one.cell_type == "code"]
        source = cache(partial(written, above, asked.candidate))
        answers, ended = self._ask_by_parts(index, asked)
        verdict = judging.judge(asked.exercise, self.seed, answers, source)
        if not verdict.passed and not ended:
            try:
                verdict = self._without_hidden_cases(index, asked, verdict, source)
            except (DeadKernelError, TimeoutError) as error:
                ended = error
        if ended and not verdict.points:
            raise ended
        if ended and not verdict.passed:
            verdict = judging.cut_short(asked.exercise, verdict)
        self._enter(cell, index, asked, verdict, answers)
        if ended:
            self.ended_in = cell.metadata.nbgrader.grade_id
            self.done.add(cell.id)
            raise ended

    def _enter(
        self,
        cell: NotebookNode,
        index: int,
        asked: judging.CheckCall,
        verdict: Verdict,
        answers: list[Answer],
    ) -> None:
        cell.execution_count = None
        most = float(cell.metadata.nbgrader.points)
        points = most * verdict.points / asked.exercise.points
        cell.outputs = _outputs(verdict, points, most)
        result = CheckResult(
            exercise=asked.exercise.name,
            points=points,
            max_points=most,
            reason=judging.reason(verdict, answers),
            misconception=verdict.misconception,
            kind=judging.kind(verdict, answers),
        )
        self.outcome.checks.append(result)
        self.judged.append(Judged(index, asked, verdict, answers, result))

    def _blame(self) -> None:
        """Say of a failure if another of the student's functions is to blame for it.

        For that the references of the exercises it uses are lent. So it comes last: all points are given, all
        cells have run, and nothing that is shown from now on is kept. A machine that leaves gaps lends none.
        Whatever fails here costs a sentence, and no score.
        """
        self._display_id_map.clear()
        failed = [one for one in self.judged if not one.verdict.passed and one.shown]
        self.clock = Clock(self._waited, self.limits.cell_seconds)
        with contextlib.suppress(Exception):
            for one in failed if not self.warm.lacking else ():
                self._blame_others(one)

    def _blame_others(self, one: Judged) -> None:
        exercise = one.asked.exercise
        own = {other.asked.exercise.name: other.verdict.passed for other in self.judged}
        texts = [cell.source for cell in self.nb.cells if cell.cell_type == "code"]
        mentions = mentioned(texts, one.asked.candidate)
        used = [name for name in exercise.uses if name in own and name in mentions]
        if not used:
            return
        answers = self._ask(one.index, one.asked, judging.PUBLIC_SEED, lend=True)
        if not judging.judge(exercise, judging.PUBLIC_SEED, answers).passed:
            return
        wrong = [name for name in used if not own[name]]
        by_itself = [name for name in wrong if name not in self.right_by_themselves]
        self.right_by_themselves.add(exercise.name)
        blame = Blame(tuple(by_itself or wrong or used), fail_too=bool(wrong))
        verdict = blamed(exercise, one.shown, one.verdict.shares, blame)
        self.nb.cells[one.index].outputs = _outputs(verdict, one.result.points, one.result.max_points)
        one.result.misconception = verdict.misconception
        one.result.reason = judging.reason(replace(verdict, cases=one.verdict.cases), one.answers)

    def _ask(self, index: int, asked: judging.CheckCall, seed: int, lend: bool = False) -> list[Any]:
        seconds = FOR_CALLS * self.limits.cell_seconds
        return self._answers(index, judging.request(asked, seed, seconds, lend))

    def _ask_by_parts(
        self, index: int, asked: judging.CheckCall
    ) -> tuple[list[Answer], DeadKernelError | TimeoutError | None]:
        """The answers to the secret cases, in their order; with what the kernel ended with, if it did. One
        part after the other: whatever the next one does, what has been answered is here."""
        found: dict[int, Answer] = {}
        parts, begun = list(judging.by_parts(asked, self.seed).items()), self.clock.left
        for n, (part, places) in enumerate(parts):
            if not part and any(one.ends_its_part for one in found.values()):
                continue  # the edge cases say more of a right answer only
            seconds = max(0.0, FOR_CALLS * self.limits.cell_seconds - (begun - self.clock.left))
            message = judging.request(asked, self.seed, seconds, places=places)
            try:
                found |= judging.one_each(self._answers(index, message), places)
            except (DeadKernelError, TimeoutError) as error:
                if not found:
                    raise
                left = [place for _, others in parts[n:] for place in others]
                return judging.in_order(found | dict.fromkeys(left, judging.ENDED)), error
        return judging.in_order(found), None

    def _answers(self, index: int, question: str) -> list[Any]:
        """What student/answer.py says to `question`; what is shown meanwhile is not kept."""
        assert self.kernel is not None
        execution = Execution(self.kernel.ask(question), new_cell("code", ""), index)
        self.answering = True
        try:
            with readable():
                self._reply_to(execution)
        finally:
            self.answering = False
        content = (execution.reply or _failed(NO_REPLY))["content"]
        if "answers" in content:
            return judging.read_answers(content["answers"])
        name, text = (str(content.get(part))[:100] for part in ("ename", "evalue"))
        return [judging.no_answer(f"{name}: {text}")]

    def _without_hidden_cases(
        self, index: int, asked: judging.CheckCall, secret: Verdict, source: Callable[[], str]
    ) -> Verdict:
        """The same failure, told by the cases that the learner's own notebook shows, where those show it."""
        answers = self._ask(index, asked, judging.PUBLIC_SEED)
        again = partial(self._ask_again, index, asked)
        public = judging.judge(asked.exercise, judging.PUBLIC_SEED, answers, source, again)
        if public.passed:
            return judging.only_hidden(asked.exercise, secret)
        return judging.told_by(public, secret, asked.exercise)

    def _ask_again(self, index: int, asked: judging.CheckCall, place: int) -> Answer:
        """The answer to one of the cases that the learner's own notebook shows. What ends the kernel now
        costs a sentence here, and is told by the next cell."""
        seconds = FOR_CALLS * self.limits.cell_seconds
        message = judging.request(asked, judging.PUBLIC_SEED, seconds, places=[place], same_chance=True)
        with contextlib.suppress(DeadKernelError, TimeoutError):
            return next(iter(self._answers(index, message)), judging.NOTHING)
        return judging.NOTHING

    def _reply_to(self, execution: Execution) -> dict[str, Any]:
        """Once it has ended, or been ended, and all its outputs are in the cell."""
        self.written = 0
        listen = partial(self._listen, execution)
        in_time = self.clock.comes(execution.has_ended, listen, self.limits.cell_seconds)
        if not in_time:
            self._interrupt(execution)
        self.clock.comes(execution.has_replied, listen, GRACE)
        self._until_its_outputs_end(execution)
        if not in_time:
            return _failed(self.error_on_timeout)
        return execution.reply or _failed(NO_REPLY)

    def _listen(self, execution: Execution, seconds: float) -> None:
        begun = process_time()
        self._hear(execution, seconds)
        self.listened += process_time() - begun
        if self.listened > TO_LISTEN * self.limits.grader_seconds:
            raise DeadKernelError("wrote without end")

    def _hear(self, execution: Execution, seconds: float) -> None:
        assert self.kernel is not None
        for message in self.kernel.hear(seconds):
            if message["parent_header"]["msg_id"] != execution.request:
                continue
            if message["msg_type"] in ("execute_reply", "answer_reply"):
                execution.reply = message
                continue
            try:
                self.process_message(message, execution.cell, execution.index)
            except CellExecutionComplete:
                execution.is_idle = True

    def _interrupt(self, execution: Execution) -> None:
        """Until the cell stops, for after its work its error may take time without end as well; where it does
        not stop, end the kernel."""
        assert self.kernel is not None
        for _ in range(INTERRUPTS):
            self.kernel.interrupt()
            if self.clock.comes(execution.has_ended, partial(self._listen, execution), GRACE / INTERRUPTS):
                return
        raise DeadKernelError(f"did not end within {self.limits.cell_seconds} seconds, or did not say so")

    def _until_its_outputs_end(self, execution: Execution) -> None:
        heard = -1
        while heard < self.heard:
            heard = self.heard
            if self.clock.comes(lambda: execution.is_idle, partial(self._listen, execution), QUIET):
                return
        raise DeadKernelError("did not say where its outputs end")

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Keep the first `output_bytes` of a cell's output, and of all cells' a few times as much. Nothing
        is kept that is shown while a student's function is called."""
        self.heard += 1
        size = _size(msg["content"]) if msg["msg_type"] not in ("status", "execute_input") else 0
        if self.answering and size:
            self.written += size
            self._end_a_flood()
            return None
        self.kept += min(size, self.limits.output_bytes)
        if self.kept > CELLS_OUTPUT * self.limits.output_bytes and size:
            size = max(size, self.limits.output_bytes + 1)
        before, self.written = self.written, self.written + size
        if self.written <= self.limits.output_bytes:
            return self._process(msg, cell, cell_index)
        if before <= self.limits.output_bytes:
            notice = f"… more than {self.limits.output_bytes:,} bytes of output; the rest is left out\n"
            cell.outputs.append(new_output("stream", name="stdout", text=notice))
        self._end_a_flood()
        if size and not _is_first_result(msg, cell):
            return None
        return self._process(_in_short(msg) if size else msg, cell, cell_index)

    def _process(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """An output of a form that no notebook may hold is as if it had not been shown."""
        if msg["msg_type"] == "error" and msg["content"].get("ename") == NOT_RUN:
            msg["content"]["ename"] = f"{NOT_RUN}_"  # that name is ours
        try:
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:
            raise
        except Exception:
            return None

    def handle_comm_msg(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Nothing shows widgets here. One that gathers outputs would take those of its cell away, errors too,
        and send all of them back into the kernel with each that is added."""

    def _end_a_flood(self) -> None:
        if self.written > max(FLOOD * self.limits.output_bytes, LEAST_FLOOD):
            raise DeadKernelError("wrote without end")

    def _give_up(self, why: str) -> None:
        """Mark the code cells that did not finish as failed: nbgrader gives a silent one full points."""
        left = [cell for cell in self.nb.cells if cell.cell_type == "code" and cell.id not in self.done]
        for cell in left:
            cell.outputs = [new_output("error", ename=NOT_RUN, evalue=why, traceback=[f"Not run: {why}."])]
            cell.execution_count = None  # the kernel may have said any
        first = left[0].metadata.get("nbgrader", {}).get("grade_id") if left else None
        name = self.ended_in or first
        self.outcome.notes.append(f"{why} in {name}" if name else why)


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """What was earned before stays, whatever a student's kernel sends instead of messages."""
    try:
        yield
    except (DeadKernelError, TimeoutError):
        raise
    except Exception as error:
        raise DeadKernelError(f"Kernel sent what cannot be read ({type(error).__name__})") from error


def _failed(content: dict[str, Any]) -> dict[str, Any]:
    return {"content": {**content, "status": "error"}}


def _is_first_result(message: dict[str, Any], cell: NotebookNode) -> bool:
    """Whether it is what the cell ends in: a number is a score then, however much was written above it."""
    known = any(output.output_type == "execute_result" for output in cell.outputs)
    return message["msg_type"] == "execute_result" and not known


def _in_short(message: dict[str, Any]) -> dict[str, Any]:
    data = {"text/plain": result_in_short(message["content"].get("data"))}
    return {**message, "content": {**message["content"], "data": data}}


def result_in_short(data: Any) -> str:
    """The text of a result, as far as a number goes."""
    return joined(data.get("text/plain", ""))[:LONGEST_SCORE] if isinstance(data, dict) else ""


def _size(content: Any) -> int:
    if isinstance(content, str):
        return len(content)
    if isinstance(content, dict):
        return sum(_size(part) for part in content.values())
    return sum(_size(part) for part in content) if isinstance(content, list) else 8


def _outputs(verdict: Verdict, points: float, most: float) -> list[NotebookNode]:
    """What nbgrader reads as these points: an error as none, a number as itself, anything else as all."""
    shown = new_output("display_data", data=verdict._repr_mimebundle_())
    if points >= most:
        return [shown]
    if points > 0:
        return [shown, new_output("execute_result", data={"text/plain": f"{points:g}"}, execution_count=None)]
    line = verdict.message.splitlines()[0]
    return [shown, new_output("error", ename="CheckFailed", evalue=line, traceback=[line])]


def _forgive_warnings(cell: NotebookNode) -> None:
    """nbgrader takes anything on stderr for a failure; a warning of NumPy's is none."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stderr":
            output.name = "stdout"
