"""How much a submission may use. Every limit is an option of `revgraph grade`."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MB = 1_000_000
MOST, MOST_SECONDS = 10**15, 10**8  # with a margin to what Linux and Python take


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
        for name, value in asdict(self).items():
            of_time = name.endswith("_seconds")
            if of_time and value < 1:
                raise ValueError(f"{name}={value}: nothing can be run in less than 1 second")
            if value < (0 if name in ("files", "output_bytes") else 1):
                raise ValueError(f"{name}={value}: to Linux, that would be no limit; give a larger number")
            if value > (most := MOST_SECONDS if of_time else MOST):
                raise ValueError(f"{name}={value}: at most {most} can be kept to. Next: a smaller number")


DEFAULT = Limits()
