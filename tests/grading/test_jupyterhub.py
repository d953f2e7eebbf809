"""The recipe of deploy/jupyterhub, gone through with a real JupyterHub and accounts of this machine.

Everybody logs in with a password and works in a server of their own, which is asked as a browser asks it:
students by the list of assignments and the notebook, the instructor by formgrader and a terminal.
"""

import grp
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import requests

from .conftest import ANSWERS, PROJECT, tiny_chapter

pytestmark = pytest.mark.xdist_group("jupyterhub")
RECIPE = PROJECT / "deploy" / "jupyterhub"
COURSE, CHAPTER = "revgraph", "00_tiny"
WRONG = "def total(xs):\n    return 0"


def why_not():
    """The reason for which this cannot be tried here; empty where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root can make accounts"
    if not shutil.which("useradd") or not Path("/etc/pam.d/login").exists():
        return "this machine has no useradd, or no PAM"
    if not shutil.which("configurable-http-proxy") and not shutil.which("npm"):
        return "neither configurable-http-proxy nor npm, which would install it"
    if closed_folders() and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        return f"other accounts cannot reach {closed_folders()[0]}, and no mount can be made here"
    return ""


NEEDED = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), PROJECT]  # by every account's server


def closed_folders():
    """Folders that only root may enter, with something in them that everybody needs, such as /root."""
    above = {folder for path in NEEDED for folder in (path, *path.parents)}
    return sorted(folder for folder in above if not folder.stat().st_mode & 0o001)[:1]


def opened(command):
    """`command`, for which such a folder holds what is needed and can be entered, and for nobody else."""
    if not closed_folders():
        return command
    closed = closed_folders()[0]
    inside = [path for path in NEEDED if closed in (path, *path.parents)]
    inside = [path for path in inside if not any(other in path.parents for other in inside)]
    steps = ["set -e", "keep=$(mktemp -d)"]
    for i, path in enumerate(inside):
        steps += [f'mkdir "$keep/{i}"', f'mount --bind "{path}" "$keep/{i}"']
    steps.append(f'mount -t tmpfs -o mode=755 tmpfs "{closed}"')
    for i, path in enumerate(inside):
        steps += [f'mkdir -p "{path}"', f'mount --move "$keep/{i}" "{path}"', f'rmdir "$keep/{i}"']
    steps += ['rmdir "$keep"', 'exec "$@"']
    return ["unshare", "--mount", "sh", "-c", "\n".join(steps), "sh", *command]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def proxy_folder(folder):
    """Where configurable-http-proxy lies; npm brings it if need be."""
    if found := shutil.which("configurable-http-proxy"):
        return str(Path(found).parent)
    npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder)]
    done = subprocess.run([*npm, "configurable-http-proxy"], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        pytest.skip(f"npm could not install configurable-http-proxy: {done.stderr.strip()[-200:]}")
    return str(folder / "node_modules" / ".bin")


@dataclass
class Desk:
    """One person at a browser: asks the hub, and a server of one's own, with a token."""

    name: str
    password: str
    address: str
    token: str = ""

    def ask(self, method, path, **options):
        headers = {"Authorization": f"token {self.token}"}
        return requests.request(method, self.address + path, headers=headers, timeout=150, **options)

    def enter(self):
        """Log in with name and password, through PAM, and ask for a token."""
        browser = requests.Session()
        browser.get(f"{self.address}/hub/login", timeout=150)
        form = {"username": self.name, "password": self.password, "_xsrf": browser.cookies["_xsrf"]}
        browser.post(f"{self.address}/hub/login", data=form, allow_redirects=False, timeout=150)
        sent = {"X-XSRFToken": browser.cookies["_xsrf"]}
        return browser.post(f"{self.address}/hub/api/users/{self.name}/tokens", headers=sent, timeout=150)

    def log_in(self):
        """And start one's server."""
        answer = self.enter()
        assert answer.ok, answer.text
        self.token = answer.json()["token"]
        assert self.ask("POST", f"/hub/api/users/{self.name}/server").status_code in (201, 202)
        wait_until(
            lambda: self.ask("GET", f"/hub/api/users/{self.name}").json()["servers"].get("", {})["ready"]
        )
        return self

    def own(self, method, path, **options):
        """Ask one's own server."""
        answer = self.ask(method, f"/user/{self.name}{path}", **options)
        assert answer.ok, answer.text
        return answer.json() if answer.text else None

    def list_assignments(self, action, **data):
        return self.own("POST", f"/assignments/{action}", params={"course_id": COURSE, **data})

    def type(self, command):
        """What a terminal of one's own shows of `command`, and its exit status."""
        import websocket

        name = self.own("POST", "/api/terminals")["name"]
        address = f"{self.address}/user/{self.name}/terminals/websocket/{name}".replace("http", "ws", 1)
        terminal = websocket.create_connection(
            address, header=[f"Authorization: token {self.token}"], timeout=150
        )
        terminal.send(json.dumps(["stdin", f'set +m; stty -echo; {command}; echo "en""ded:$?"\r']))
        shown = ""
        while not (ended := re.search(r"ended:(\d+)", shown)):
            kind, *content = json.loads(terminal.recv())
            shown += content[0] if kind == "stdout" else ""
        terminal.close()
        return int(ended[1]), shown


def wait_until(is_so, seconds=150):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if is_so():
                return
        except (requests.RequestException, KeyError):
            pass
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="module")
def people():
    """An instructor, three students, and somebody else, as accounts of this machine; gone afterwards."""
    if reason := why_not():
        pytest.skip(reason)
    mark = secrets.token_hex(3)
    names = [f"rg{mark}-{role}" for role in ("teacher", "ada", "grace", "emmy", "stranger")]
    before = {group.gr_name for group in grp.getgrall()}
    try:
        yield names
    finally:
        for name in names:
            subprocess.run(["userdel", "--remove", "--force", name], capture_output=True)
        for group in {"nbgrader-graders", "nbgrader-students"} - before:
            subprocess.run(["groupdel", group], capture_output=True)


@pytest.fixture(scope="module")
def desks(people, tmp_path_factory):
    folder = Path(tempfile.mkdtemp(prefix="revgraph-hub-", dir="/var/tmp"))
    folder.chmod(0o755)
    places = {"HUB": str(folder / "hub"), "EXCHANGE": str(folder / "exchange")}
    setup = ["sh", str(RECIPE / "setup.sh"), COURSE, *people[:-1]]
    try:
        done = subprocess.run(setup, env=os.environ | places, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        subprocess.run(["useradd", "--create-home", people[-1]], check=True)
        passwords = {name: secrets.token_urlsafe(9) for name in people}
        lines = "".join(f"{name}:{password}\n" for name, password in passwords.items())
        subprocess.run(["chpasswd"], input=lines, text=True, check=True)
        give_course(people[0])
        with running_hub(folder, places["HUB"], tmp_path_factory.mktemp("npm")) as address:
            found = [Desk(name, passwords[name], address) for name in people]
            assert found[-1].enter().status_code == 403  # has an account, and is not of this class
            with ThreadPoolExecutor() as pool:
                yield list(pool.map(Desk.log_in, found[:-1])), folder / "exchange"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give_course(instructor):
    """The instructor's own course, with one chapter, where setup.sh has made the folder."""
    course = Path(pwd.getpwnam(instructor).pw_dir, COURSE)
    source = course / "solutions" / CHAPTER
    source.mkdir(parents=True)
    nbformat.write(tiny_chapter(), source / f"{CHAPTER}.ipynb")
    shutil.copy(PROJECT / "nbgrader_config.py", course)
    subprocess.run(["chown", "-R", f"{instructor}:", str(course)], check=True)


class running_hub:
    """JupyterHub by the recipe's settings, but for the ports."""

    def __init__(self, folder, hub, npm):
        self.folder, self.hub, self.npm = folder, hub, npm

    def __enter__(self):
        ports = [free_port() for _ in range(3)]
        config = self.folder / "test_config.py"
        config.write_text(
            f"load_subconfig({str(Path(self.hub, 'jupyterhub_config.py'))!r})\n"
            f"c.JupyterHub.bind_url = 'http://127.0.0.1:{ports[0]}'\n"
            f"c.JupyterHub.hub_port = {ports[1]}\n"
            f"c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{ports[2]}'\n"
            "c.LocalProcessSpawner.interrupt_timeout = c.LocalProcessSpawner.term_timeout = 1\n"
        )
        path = os.pathsep.join([proxy_folder(self.npm), str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(PROJECT)}
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                opened([sys.executable, "-m", "jupyterhub", "--config", str(config)]),
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        address = f"http://127.0.0.1:{ports[0]}"
        try:
            wait_until(lambda: requests.get(f"{address}/hub/api", timeout=5).ok)
        except AssertionError:
            self.process.terminate()
            raise AssertionError((self.folder / "log").read_text()) from None
        return address

    def __exit__(self, *error):
        """It takes its servers and its proxy along."""
        self.process.terminate()
        self.process.wait(30)


def test_from_release_to_feedback_and_nobody_sees_another_s_work(desks):
    (teacher, *students), exchange = desks
    formgrader(teacher, "assign", "release")
    answers = {"ada": ANSWERS, "grace": ANSWERS | {"total": WRONG}, "emmy": {}}
    with ThreadPoolExecutor() as pool:
        list(pool.map(work_and_submit, students, answers.values()))
    formgrader(teacher, "collect")
    status, shown = teacher.type(f"cd ~/{COURSE} && revgraph grade {CHAPTER} --feedback")
    assert status == 0, shown
    formgrader(teacher, "release_feedback")
    with ThreadPoolExecutor() as pool:
        pages = list(pool.map(fetch_feedback, students))
    for page, score in zip(pages, ("80.0", "30.0", "0.0"), strict=True):
        assert f"(Score: {score} / 100.0)" in page

    world_writable = {
        p.relative_to(exchange / COURSE) for p in exchange.rglob("*") if p.stat().st_mode & 0o002
    }
    handed_in = {path.relative_to(exchange / COURSE) for path in (exchange / COURSE / "inbound").iterdir()}
    assert world_writable == {Path("inbound"), *handed_in}
    assert len(handed_in) == 3
    refused(students[0], attempts(teacher, students[1], exchange))
    state = exchange.parent / "hub" / "state"
    assert {"jupyterhub.sqlite", "cookie_secret"} <= {path.name for path in state.iterdir()}


def test_the_page_gives_the_commands_that_are_tried_here():
    page = (PROJECT / "docs" / "handing-out.md").read_text("utf-8")
    assert f"sh {RECIPE.relative_to(PROJECT)}/setup.sh {COURSE} teacher ada grace emmy" in page
    assert "python -m jupyterhub --config jupyterhub_config.py" in page
    assert "revgraph grade 05_unbroadcast --feedback" in page
    for name in re.findall(r"c\.CourseDirectory\.\w+ = True", page):
        assert name in (RECIPE / "nbgrader_config.py").read_text("utf-8")


def formgrader(teacher, *buttons):
    for button in buttons:
        outcome = teacher.own("POST", f"/formgrader/api/assignment/{CHAPTER}/{button}")
        assert outcome["success"], outcome


def work_and_submit(student, answers):
    """As the list of assignments and the notebook do it."""
    (released,) = student.own("GET", "/assignments", params={"course_id": COURSE})["value"]
    assert (released["assignment_id"], released["status"]) == (CHAPTER, "released")
    assert student.list_assignments("fetch", assignment_id=CHAPTER)["success"]
    path = f"/api/contents/{CHAPTER}/{CHAPTER}.ipynb"
    notebook = student.own("GET", path)["content"]
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell.get("id"), cell["source"])
    student.own("PUT", path, json={"type": "notebook", "format": "json", "content": notebook})
    assert student.list_assignments("submit", assignment_id=CHAPTER)["success"]


def fetch_feedback(student):
    assert student.list_assignments("fetch_feedback", assignment_id=CHAPTER)["success"]
    (folder,) = student.own("GET", f"/api/contents/{CHAPTER}/feedback")["content"]
    (page,) = student.own("GET", f"/api/contents/{folder['path']}")["content"]
    return student.own("GET", f"/api/contents/{page['path']}")["content"]


def attempts(teacher, other, exchange):
    """What a student might try on a classmate's work, on grades, and on the exchange."""
    course, home = exchange / COURSE, f"~{other.name}"
    (known,) = (course / "inbound").glob(f"{other.name}+*")  # the name that only its owner and teachers know
    return [
        f"cat {home}/{CHAPTER}/{CHAPTER}.ipynb",
        f"ls {home}",
        f"ls {course}/inbound",
        f"ls {course}/feedback",
        f"cat ~{teacher.name}/{COURSE}/gradebook.db",
        f"ls ~{teacher.name}/{COURSE}/feedback",
        f"mv '{known}' '{known}x'",
        f"touch '{known}/{CHAPTER}.ipynb'",
        f"touch {course}/outbound/{CHAPTER}/{CHAPTER}.ipynb",
        f"touch {course}/outbound/new",
        f"mkdir {course}/new {exchange}/new",
        f"touch {exchange}/new",
        f"cat {exchange.parent}/hub/state/jupyterhub.sqlite",
    ]


def refused(student, commands):
    """Each of them, for want of a right; that the student's own work can be read shows that this can fail."""
    script = "; ".join(f'({command}) >/dev/null 2>&1; echo "=$?"' for command in commands)
    _, shown = student.type(f'{script}; cat {CHAPTER}/{CHAPTER}.ipynb >/dev/null; echo "=$?"')
    results = re.findall(r"=(\d+)\r", shown)
    assert [command for command, result in zip(commands, results, strict=False) if result == "0"] == []
    assert results[len(commands) :] == ["0"]
