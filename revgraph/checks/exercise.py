"""An exercise: the form one fills in, and the verdict it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.compare import Tolerance
from revgraph.checks.form import Call, Form, Misconception, Recorded
from revgraph.checks.judge import Verdict, Watch, as_they_come, judge

__all__ = ["Case", "Exercise", "Misconception", "Recorded", "Tolerance", "case", "edge", "part"]


@dataclass(frozen=True)
class Exercise(Form):
    __doc__ = Form.__doc__

    def judge(
        self,
        candidate: Any,
        seed: int = 0,
        call: Call | None = None,
        source: Callable[[], str] | None = None,
        watch: Watch = as_they_come,
    ) -> Verdict:
        """Put every case to the candidate and say what was found. The same seed draws the same cases.

        ``call(case)`` overrides how a case is put, so that the candidate can live in another process;
        ``candidate`` is not touched then, and ``source()`` reads its text, where that is known.
        ``watch(answers, n)`` passes the n answers on as they come.
        """
        return judge(self, candidate, seed, call, source, watch)
