"""How much a submission may use. Every limit is an option of `revgraph grade`."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts that one submission may use; `memory` is that of one process."""

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


DEFAULT = Limits()
