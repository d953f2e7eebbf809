"""Who grades which submission when: a pool of processes on this machine, or a Dask cluster.

Both take a function and jobs, and yield (job, result) as results come in, in any order; the result is None
for a job that ended its worker.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, TypeVar

from revgraph.grading.student.processes import die_with_parent

Job = TypeVar("Job")
Result = TypeVar("Result")

SECONDS_TO_CONNECT = 20


class ClusterFailed(Exception):
    """The message says what a Dask cluster lacks."""


def on_this_machine(
    work: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> Generator[tuple[Job, Result | None], None, None]:
    """A worker that is killed costs no result: what ran meanwhile runs again, one job at a time."""
    waiting = deque(jobs)
    while waiting:
        lost: list[Job] = []
        with _pool(workers) as pool:
            yield from _until_broken(pool, work, waiting, lost, 2 * workers)
        for job in lost:
            with _pool(1) as alone:
                yield job, _result(alone, work, job)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("fork")  # a worker has everything imported at once
    return ProcessPoolExecutor(workers, context, initializer=_follow_the_parent)


def _follow_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it even where it is killed. What is shared with it need not be
    looked at for garbage, and copied by looking."""
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):  # there is no such call but on Linux
        die_with_parent()


def _until_broken(
    pool: ProcessPoolExecutor,
    work: Callable[[Job], Result],
    waiting: deque[Job],
    lost: list[Job],
    ahead: int,
) -> Iterator[tuple[Job, Result | None]]:
    running: dict[Future[Result], Job] = {}
    try:
        while waiting or running:
            while waiting and len(running) < ahead and not lost:
                future = pool.submit(work, waiting[0])
                running[future] = waiting.popleft()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                job = running.pop(future)
                try:
                    yield job, future.result()
                except BrokenProcessPool:
                    lost.append(job)
            if lost and not running:
                return
    except BrokenProcessPool:  # from submit: the others are told by their futures
        lost += running.values()
    except BaseException:
        workers = list(pool._processes.values())  # not all of this process's children: others may have some
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()
        raise


def _result(pool: ProcessPoolExecutor, work: Callable[[Job], Result], job: Job) -> Result | None:
    try:
        return pool.submit(work, job).result()
    except BrokenProcessPool:
        return None


def on_dask(
    address: str,
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    pack: Callable[[Job], Job] = lambda job: job,
) -> Generator[tuple[Job, Result | None], None, None]:
    """The same on the cluster whose scheduler listens at `address`; Dask repeats what a lost worker had.

    A job travels as `pack` gives it, when a worker will soon be free. Raises ClusterFailed.
    """
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    with _cluster(address) as client:
        waiting, running, done = iter(jobs), {}, as_completed()

        def submit(many: int) -> None:
            for job in islice(waiting, many):
                future = client.submit(work, pack(job), pure=False, retries=0)
                running[future] = job
                done.add(future)

        submit(max(4, 2 * sum(client.nthreads().values())))
        for future in done:
            submit(1)
            job = running.pop(future)
            try:
                result = future.result()
            except KilledWorker:
                result = None
            except RuntimeError as error:  # ours raise none: the function did not get there
                why = error.__cause__ or error
                raise ClusterFailed(
                    f"the cluster at {address} cannot take the work ({why}). Next: install the same versions "
                    "of revgraph and Python where its scheduler and its workers run"
                ) from error
            yield job, result


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """A client of a cluster that has a worker at least."""
    from distributed import Client

    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise ClusterFailed(
            f"no Dask scheduler answers at {address} ({error}). Next: start `dask scheduler`, and give the "
            "address it prints, such as tcp://10.0.0.1:8786"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        except TimeoutError as error:
            raise ClusterFailed(
                f"the cluster at {address} has no workers. Next: run `dask worker {address}` on each machine"
            ) from error
        yield client
