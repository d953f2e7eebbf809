"""The streams that a kernel prints to."""

from ipykernel.iostream import OutStream


class Prints(OutStream):
    """Where nothing was printed, do not wait for the thread that sends it: ipykernel does so five times a
    cell, and each time two threads wake each other up."""

    def flush(self) -> None:
        waiting = ("_flush_pending", "_subprocess_flush_pending")
        if any(getattr(self, name, True) for name in waiting):
            super().flush()
