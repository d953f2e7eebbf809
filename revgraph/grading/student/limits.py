"""How much a submission may use. Every limit is an option of `revgraph grade`."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts that one submission may use. The last two are what the grader itself may use
    for one submission: its own memory, and its own seconds of CPU time."""

    memory: int = 2_000 * MB
    cpu_seconds: int = 120
    cell_seconds: int = 30
    submission_seconds: int = 300
    processes: int = 48
    open_files: int = 256
    file_bytes: int = 50 * MB
    folder_bytes: int = 100 * MB
    output_bytes: int = 1 * MB
    notebook_bytes: int = 20 * MB
    cells: int = 2_000
    files: int = 1_000
    grader_memory: int = 1_500 * MB
    grader_seconds: int = 60

    def __post_init__(self) -> None:
        for name, most in asdict(self).items():
            if name.endswith("_seconds") and most < 1:
                raise ValueError(f"{name}={most}: nothing can be run in less than 1 second")
            if most < (0 if name in ("files", "output_bytes") else 1):
                raise ValueError(f"{name}={most}: to Linux, that would be no limit; give a larger number")


DEFAULT = Limits()
