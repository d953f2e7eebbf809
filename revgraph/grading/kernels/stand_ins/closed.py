"""Closed while answers are judged."""

raise ImportError(f"{__name__} is the reference; it is closed while your answers are judged")
