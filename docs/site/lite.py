"""The course in the browser: JupyterLite, and a Python that runs in the page, as static files.

    python docs/site/lite.py FOLDER

Nothing is asked of another server when a learner opens it: Pyodide, the packages and the course lie in the
folder. Its parts come from the registries' own clients, at the versions named here and in lite/packages.lock,
each file checked by its digest; they are kept in $XDG_CACHE_HOME/revgraph.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import Parser
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SITE = Path(__file__).parent
PROJECT = SITE.parents[1]
SETTINGS = SITE / "lite"
NPM = json.loads((SETTINGS / "npm.json").read_text(encoding="utf-8"))  # with the registry's own digests
# PyPI has no wheels of these for Pyodide under their own names, but this package carries them along. It is
# a mirror: it is never installed, and each file has to be the one that Pyodide's own list of files names.
COMPILED = ("numpy", "scipy", "scikit-learn", "matplotlib", "pillow", "micropip")
MIRROR = "open-webui==0.12.4"
IN_MIRROR = "open_webui/frontend/pyodide/"
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{NPM['pyodide']['version']}/full/"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL = "jupyterlite_pyodide_kernel"
EXTENSIONS = ("jupyterlab_widgets", KERNEL)  # wheels that hold JupyterLab's side of something
MARKERS = {
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "python_version": "3.14",
    "extra": "",
}
# What the course needs and the library does not: an exercise's check finds all of it there.
ALSO = {"revgraph": ["graphviz", "ipywidgets", "matplotlib", "rich", "scikit-learn", "tqdm"]}


class CannotFetch(Exception):
    """A part of the browser's Python is not to be had; the message says which, and what to do."""


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        build(Path(sys.argv[1]))
    except CannotFetch as problem:
        sys.exit(f"The course in the browser was not made: {problem}")


def build(target: Path) -> None:
    """Make all of it in `target`, which is replaced."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "revgraph" / "browser"
    core, graphviz, zipping = (unpacked(name, cache) for name in ("pyodide", "@viz-js/viz", "fflate"))
    official = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    known = {name: official["packages"][name] for name in sorted(closure(COMPILED, official["packages"]))}
    wheels = compiled_wheels(list(known.values()), cache)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        extensions, ours = parted(packages(cache))
        ours += [revgraph_wheel(scratch), *kernels_wheels(extensions, scratch)]
        make_lab(target, extensions, scratch)
        add_extension(target, zipping / "esm" / "browser.js")
        home = target / "pyodide"
        home.mkdir()
        parts = [core / name for name in CORE]
        for path in [*parts, graphviz / "dist" / "viz-global.js", SETTINGS / "revgraph.mjs", *wheels, *ours]:
            shutil.copy(path, home)
        lock = {
            "info": official["info"],
            "packages": with_known_dependencies(known | dict(map(described, ours))),
        }
        write_json(home / "pyodide-lock.json", lock)
        write_json(
            target / "licences.json",
            sorted([*map(licence, [*wheels, *ours, *extensions]), *npm_licences(cache)]),
        )
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"The course in the browser is in {target}: {size / 1e6:.0f} MB")


# ---- what is fetched, each once


def unpacked(name: str, cache: Path) -> Path:
    """The folder of an npm package."""
    package = f"{name}@{NPM[name]['version']}"
    folder = cache / package.replace("/", "-")
    if folder.is_dir():
        return folder
    if shutil.which("npm") is None:
        raise CannotFetch("npm is missing. Next: install Node.js (on Debian: apt install npm)")
    with filled(folder) as part:
        said = run("npm", "pack", package, "--silent", "--pack-destination", str(part))
        archive = next(part.glob("*.tgz"), None)
        if archive is None:
            raise CannotFetch(f"npm gives no {package}: {said}")
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != NPM[name]["integrity"]:
            raise CannotFetch(f"npm's {package} is not the file that docs/site/lite/npm.json names")
        with tarfile.open(archive) as tar:
            # Python has filters from 3.11.4 on; before, what is extracted is a file that we know anyway.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            for member in tar.getmembers():
                member.name = member.name.partition("/")[2]
                if member.isfile():
                    tar.extract(member, part)
        archive.unlink()
    return folder


def packages(cache: Path) -> list[Path]:
    """The pure Python wheels of lite/packages.lock, which pip checks by their digests."""
    pins = SETTINGS / "packages.lock"
    folder = cache / f"wheels-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"
    if not folder.is_dir():
        with filled(folder) as part:
            pinned = ("--require-hashes", "-r", str(pins))
            run(*PIP_DOWNLOAD, "--python-version", "3.14", *pinned, "-d", str(part))
    return sorted(folder.glob("*.whl"))


PIP_DOWNLOAD = (
    *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
    *("--only-binary", ":all:", "--implementation", "py", "--abi", "none", "--platform", "any"),
)


def compiled_wheels(entries: list[dict], cache: Path) -> list[Path]:
    """These files of Pyodide's: from the mirror on PyPI, else from Pyodide's own address."""
    folder = cache / f"compiled-{NPM['pyodide']['version']}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [entry for entry in entries if not is_right(folder / entry["file_name"], entry)]
    if missing:
        try:
            from_mirror(missing, folder)
        except CannotFetch as problem:
            from_address(missing, folder, problem)
    return [folder / entry["file_name"] for entry in entries]


def from_mirror(entries: list[dict], folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        run(*PIP_DOWNLOAD, "--python-version", "3.12", MIRROR, "-d", scratch)
        with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as archive:
            held = set(archive.namelist())
            for entry in entries:
                name = IN_MIRROR + entry["file_name"]
                if name not in held:
                    raise CannotFetch(
                        f"{MIRROR} has no {entry['file_name']}, which Pyodide names: the two have parted. "
                        "Next: choose versions that agree, in docs/site/lite.py"
                    )
                keep(archive.read(name), entry, folder, MIRROR)


def from_address(entries: list[dict], folder: Path, problem: Exception) -> None:
    for entry in entries:
        try:
            with urlopen(ADDRESS + entry["file_name"], timeout=60) as answer:
                keep(answer.read(), entry, folder, ADDRESS)
        except URLError as error:
            raise CannotFetch(f"{problem}. Nor is it at {ADDRESS}: {error.reason}") from error


def keep(content: bytes, entry: dict, folder: Path, source: str) -> None:
    """Into the cache, if it is the file that Pyodide's list of files means."""
    met = hashlib.sha256(content).hexdigest()
    if met != entry["sha256"]:
        raise CannotFetch(
            f"{entry['file_name']} of {source} has the sha256 {met[:12]}…, and Pyodide names "
            f"{entry['sha256'][:12]}…: they are not the same file. Next: choose versions that agree, in "
            "docs/site/lite.py"
        )
    part = folder / f".{entry['file_name']}.part"
    part.write_bytes(content)
    part.replace(folder / entry["file_name"])


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def is_right(path: Path, entry: dict) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """A folder to fill, which is there under its own name only once it is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        yield part
        if not folder.exists():  # another build may have been quicker
            part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def run(*command: str, folder: Path = PROJECT) -> str:
    """What the command says; CannotFetch with its last line where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()[-1]
        raise CannotFetch(f"{' '.join(command[:4])} … failed: {last}")
    return done.stdout


# ---- what is made of it


def parted(wheels: list[Path]) -> tuple[list[Path], list[Path]]:
    """Those for JupyterLab, and those for Python."""
    extensions = [path for path in wheels if path.name.startswith(EXTENSIONS)]
    return extensions, [path for path in wheels if path not in extensions]


def make_lab(target: Path, extensions: list[Path], scratch: Path) -> None:
    """JupyterLite itself with the course in it, and none of the extensions that this machine has."""
    course, settings = scratch / "course", scratch / "settings"
    shutil.copytree(PROJECT / "course", course, ignore=shutil.ignore_patterns("my_revgraph", ".*"))
    settings.mkdir()
    shutil.copy(SETTINGS / "jupyter-lite.json", settings)
    config = {"LiteBuildConfig": {"federated_extensions": [str(path) for path in extensions]}}
    write_json(settings / "jupyter_lite_config.json", config)
    shutil.rmtree(target, ignore_errors=True)
    options = [
        "--apps=lab",
        f"--lite-dir={settings}",
        f"--contents={course}",
        f"--output-dir={target.resolve()}",
    ]
    options += ["--ignore-sys-prefix", "--no-sourcemaps", "--no-unused-shared-packages", "--no-libarchive"]
    run(sys.executable, "-m", "jupyterlite_core", "build", *options, folder=scratch)


def add_extension(target: Path, zipping: Path) -> None:
    """Our own extension, which is one file and needs no bundler."""
    static = target / "extensions" / "revgraph" / "static"
    static.mkdir(parents=True)
    shutil.copy(SETTINGS / "extension.js", static)
    shutil.copy(zipping, static / "fflate.mjs")
    path = target / "jupyter-lite.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    entry = {"name": "revgraph", "extension": "./extension", "load": "static/extension.js"}
    config["jupyter-config-data"]["federated_extensions"].append(entry)
    write_json(path, config)


def revgraph_wheel(folder: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    return next(folder.glob("revgraph-*.whl"))


def kernels_wheels(extensions: list[Path], folder: Path) -> Iterator[Path]:
    """The Python packages that the kernel's extension carries inside."""
    kernel = next(path for path in extensions if path.name.startswith(KERNEL))
    with zipfile.ZipFile(kernel) as archive:
        for name in archive.namelist():
            if re.search(r"/static/pypi/(?!widgetsnbextension).*\.whl$", name):
                path = folder / Path(name).name
                path.write_bytes(archive.read(name))
                yield path


def closure(names: Iterable[str], entries: dict[str, dict]) -> set[str]:
    """These names of a list of files, and all that they depend on."""
    found: set[str] = set()
    coming = list(names)
    while coming:
        name = coming.pop()
        if name not in found:
            found.add(name)
            coming += entries[name]["depends"]
    return found


def with_known_dependencies(entries: dict[str, dict]) -> dict[str, dict]:
    """What is not in the list is not needed in a page, such as what talks to a terminal."""
    for entry in entries.values():
        entry["depends"] = [name for name in entry["depends"] if name in entries]
    return entries


def metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def licence(wheel: Path) -> tuple[str, str, str]:
    """Name, version and licence of a wheel, as it says itself."""
    metadata = metadata_of(wheel)
    said = [metadata["License-Expression"], *_classified(metadata), metadata["License"]]
    words = next((text for text in said if text and "\n" not in text), "see its file")
    return metadata["Name"], metadata["Version"], words


def _classified(metadata: Message) -> Iterator[str]:
    for line in metadata.get_all("Classifier", []):
        if line.startswith("License :: OSI Approved :: "):
            yield line.rpartition(" :: ")[2]


def npm_licences(cache: Path) -> Iterator[tuple[str, str, str]]:
    for name in NPM:
        package = json.loads((unpacked(name, cache) / "package.json").read_text(encoding="utf-8"))
        yield name, package["version"], package["license"]


def described(wheel: Path) -> tuple[str, dict]:
    """A wheel's name and its entry in Pyodide's list of files."""
    metadata = metadata_of(wheel)
    name = canonicalize_name(metadata["Name"])
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {n.partition("/")[0].removesuffix(".py") for n in names if n.endswith(".py")}
    return name, {
        "name": name,
        "version": metadata["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "package_type": "package",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "depends": list(needed(metadata.get_all("Requires-Dist", []))) + ALSO.get(name, []),
        "imports": sorted(top for top in tops if top.isidentifier()),
        "unvendored_tests": False,
    }


def needed(requirements: list[str]) -> Iterator[str]:
    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate(MARKERS):
            yield canonicalize_name(requirement.name)


if __name__ == "__main__":
    main()
