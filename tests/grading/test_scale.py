"""A Dask cluster, a PostgreSQL gradebook, and kernels by name: each against the real thing."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from glob import glob
from importlib import import_module

import nbformat
import pytest
from distributed import LocalCluster
from nbclient import NotebookClient
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from revgraph.authoring.chapters import nbgrader_settings, put_helpers_on_path
from revgraph.grading import gradebook, report, schedule, worker
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.gradebook import open_gradebook
from revgraph.grading.schedule import ClusterFailed
from revgraph.grading.worker import Setting, WeakIsolation

from . import corpus
from .conftest import IS_WARM, LIMITS, PROJECT

pytestmark = pytest.mark.xdist_group("scale")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


WORKER = """
import sys
from distributed.cli.dask_worker import main
from revgraph.grading.student import syscalls
syscalls.refuse([syscalls.Rule(call) for call in sys.argv.pop().split()])
main()
"""


@pytest.fixture
def cluster():
    """A scheduler and two worker processes on loopback, the second of which has no Landlock: its address, and
    the workers."""
    environment = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3",
    }
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    dask = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    start = [sys.executable, "-c", WORKER, address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]
    scheduler = subprocess.Popen([*dask, "--no-dashboard"], **quiet)
    workers = [subprocess.Popen([*start, refused], **quiet) for refused in ("", "landlock_create_ruleset")]
    yield address, workers
    for process in [*workers, scheduler]:
        process.kill()
        process.wait()


@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_a_dask_cluster_that_loses_a_worker_midway(folder, cluster):
    address, workers = cluster
    api = NbGraderAPI(config=nbgrader_settings(folder))

    def kill_one(done, total):
        if workers[0].poll() is None:
            workers[0].send_signal(signal.SIGKILL)

    outcome = grade_assignment(
        api.coursedir, corpus.NAME, Options(scheduler=address, limits=LIMITS), kill_one
    )
    assert [(row.score, row.reasons) for row in outcome.rows] == [(100, [])] * 8
    assert workers[0].poll() is not None
    (lacking,) = map(str, report.remarks(outcome))
    assert lacking == f"{socket.gethostname()} lacks Landlock. The walls are thinner there."


@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_a_worker_whose_machine_leaves_gaps_ends_the_run(folder, monkeypatch):
    api = NbGraderAPI(config=nbgrader_settings(folder))

    def leave_gaps(setting):
        raise WeakIsolation("on grader-3 a submission could use the network")

    monkeypatch.setattr(worker, "start_warm_process", leave_gaps)
    with LocalCluster(1, processes=False, protocol="tcp", dashboard_address=None) as local:
        options = Options(scheduler=local.scheduler_address, limits=LIMITS)
        with pytest.raises(WeakIsolation, match="on grader-3"):
            grade_assignment(api.coursedir, corpus.NAME, options)
    with open_gradebook(api.coursedir) as gradebook:
        assert gradebook.assignment_submissions(corpus.NAME) == []


class Unknown:
    """What no other machine can read."""

    def __reduce__(self):
        return import_module, ("a_module_of_this_machine_alone",)


@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_what_a_cluster_lacks_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setattr(schedule, "SECONDS_TO_CONNECT", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ClusterFailed, match=f"no Dask scheduler answers at {address} .* Next: start"):
        list(schedule.on_dask(address, str, [1]))
    with LocalCluster(1, processes=False, protocol="tcp", dashboard_address=None) as local:
        address = local.scheduler_address
        assert list(schedule.on_dask(address, str, [1])) == [(1, "1")]
        with pytest.raises(ClusterFailed, match=r"No module named .* Next: install the same versions"):
            list(schedule.on_dask(address, str, [Unknown()]))
        local.scale(0)
        while local.scheduler_info["workers"]:
            time.sleep(0.1)
        with pytest.raises(ClusterFailed, match=f"has no workers. Next: run `dask worker {address}`"):
            list(schedule.on_dask(address, str, [1]))


class Warm:
    """A warm process that nobody asks for kernels."""


def test_a_worker_that_outlives_many_runs_keeps_few_warm_processes(monkeypatch):
    alive = []

    def start(setting):
        process = Warm()
        alive.append(weakref.ref(process))
        return process

    monkeypatch.setattr(worker, "start_warm_process", start)
    worker.warm_process.cache_clear()
    for run in (0, 0, 1, 1, 2, 2):
        worker.warm_process(Setting("05_unbroadcast", (), seed=run))
    assert [process() is None for process in alive] == [True, False, False]
    worker.warm_process.cache_clear()
    assert all(process() is None for process in alive)


@pytest.fixture
def postgresql():
    """A PostgreSQL server of our own on loopback: the URL of an empty database."""
    programs = sorted(glob("/usr/lib/postgresql/*/bin"))
    if not programs:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    data = tempfile.mkdtemp(prefix="revgraph-postgresql-")
    as_user = []
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(data, "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*as_user, f"{programs[-1]}/initdb", "-A", "trust", "-U", "grader", data], **run)
    port = free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {data}"
    control = [*as_user, f"{programs[-1]}/pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-o", options, "-l", f"{data}/log", "start"], **run)
    yield f"postgresql+psycopg://grader@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], **run)
    shutil.rmtree(data)


def test_a_gradebook_on_postgresql(folder, postgresql):
    settings = nbgrader_settings(folder)
    settings.CourseDirectory.db_url = postgresql
    api = NbGraderAPI(config=settings)
    assert api.generate_assignment(corpus.NAME)["success"]
    grade_assignment(api.coursedir, corpus.NAME, Options(jobs=2, limits=LIMITS))
    with open_gradebook(api.coursedir) as gradebook:
        assert {s.score for s in gradebook.assignment_submissions(corpus.NAME)} == {100.0}
        assert len(gradebook.students) == 8
    assert grade_assignment(api.coursedir, corpus.NAME, Options(jobs=2, limits=LIMITS)).kept == 8


def test_a_gradebook_on_postgresql_that_another_program_holds(postgresql, monkeypatch):
    put_helpers_on_path()
    monkeypatch.setattr(gradebook, "LONGEST_WAIT", 1)
    course = CourseDirectory(db_url=postgresql)
    with open_gradebook(course) as mine, open_gradebook(course) as others:
        others.db.execute(text("LOCK TABLE student"))
        with pytest.raises(OperationalError, match="lock timeout"):
            list(mine.students)
        others.db.rollback()


def test_warm_kernels_by_name_in_nbclient(monkeypatch, tmp_path):
    from jupyter_client.provisioning import KernelProvisionerFactory

    if "revgraph-warm" not in KernelProvisionerFactory.instance().get_provisioner_entries():
        pytest.skip("revgraph is not installed, so its entry point is not known")
    monkeypatch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", "revgraph-warm")
    monkeypatch.chdir(tmp_path)
    code = f"{IS_WARM}; import os; open('here', 'w').close(); print(os.path.exists('here'))"
    for _ in range(2):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        NotebookClient(notebook, kernel_name="python3").execute(cwd=str(tmp_path))
        assert notebook.cells[0].outputs[0].text == "True\nTrue\n"
