"""What a learner does, with the installed package, on any system: open the course, and go through chapters.

    python tools/learners_path.py 00 01        `revgraph start --no-browser`, then these chapters by nbval

Kernels import the installed package: the project's folder is not on their path.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PROJECT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def opens(folder: Path, seconds: float = 120) -> bool:
    """Whether `revgraph start` brings the course into a new folder and JupyterLab answers there."""
    port = free_port()
    command = [sys.executable, "-m", "revgraph", "start", "my course", "--no-browser", "--port", str(port)]
    lab = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and lab.poll() is None:
            try:
                urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                return (folder / "my course" / "00_welcome" / "00_welcome.ipynb").is_file()
            except (URLError, OSError):
                time.sleep(0.5)
        return False
    finally:
        lab.terminate()
        lab.wait(60)


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if not opens(Path(folder)):
            sys.exit("revgraph start did not open the course")
        print("revgraph start opened the course", flush=True)
        chapters = [path for number in sys.argv[1:] for path in (PROJECT / "solutions").glob(f"{number}_*")]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--nbval",
            "--nbval-current-env",
        ]
        environment = os.environ | {"REVGRAPH_HOME": str(Path(folder, "my_revgraph"))}
        sys.exit(subprocess.call([*command, *map(str, chapters)], cwd=PROJECT, env=environment))


if __name__ == "__main__":
    main()
