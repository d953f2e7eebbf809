"""The commands of a page, run as a shell would, but that nbgrader and revgraph are imported once for all.

As a program it reads requests, a line of JSON each, and forks for each command; `Commands` is the other end.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


class Commands:
    """Runs lines in a folder, for a person with a home."""

    def __enter__(self):
        module = [sys.executable, "-m", "tests.grading.commands"]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            module, cwd=PROJECT, env=environment, stdin=pipe, stdout=pipe, text=True
        )
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(60)

    def ask(self, line, folder, **environment):
        """The exit status, and what was said."""
        request = {"line": line, "folder": str(folder), "environment": environment}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def run(self, lines, folder, **environment):
        """What they said, if all went well."""
        said = ""
        for line in filter(None, map(str.strip, lines.splitlines())):
            status, told = self.ask(line, folder, **environment)
            assert status == 0, f"{line}\n{told}"
            said += told
        return said


def blocks(page, heading, language="sh"):
    """Those of a page below a heading, up to the next one of its level."""
    level = heading.split()[0]
    text = page.partition(f"\n{heading}\n")[2]
    assert text, heading
    text = re.split(rf"^{level} ", text, flags=re.MULTILINE)[0]
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def serve():
    from nbgrader.apps.nbgraderapp import NbGraderApp  # noqa: F401

    import revgraph.cli
    import revgraph.grading.command
    import revgraph.grading.lms.export  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        told, other = os.pipe()
        child = os.fork()
        if child == 0:
            be(other, **request)
        os.close(other)
        with os.fdopen(told, encoding="utf-8", errors="replace") as said:
            text = said.read()
        _, status = os.waitpid(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), text]), flush=True)


def be(output, line, folder, environment):
    """This process runs the command, and ends."""
    for number in (1, 2):
        os.dup2(output, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
    os.environ.update(environment)
    status = 1
    try:
        status = execute(line)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        print(end.code if isinstance(end.code, str) else "", file=sys.stderr)
    except BaseException as error:
        print(repr(error), file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def execute(line):
    from nbgrader.apps.nbgraderapp import NbGraderApp

    from revgraph import cli

    words = [os.path.expanduser(word) for word in shlex.split(line, comments=True)]
    sys.argv = words
    if words[0] == "nbgrader":
        NbGraderApp.launch_instance()
        return 0
    if words[0] == "revgraph":
        cli.main()
        return 0
    return subprocess.call(line, shell=True)


if __name__ == "__main__":
    serve()
