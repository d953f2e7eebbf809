"""Gradebooks that wait for no disk, which a power cut alone would tell from others."""

import sqlite3

from sqlalchemy import Engine, event


@event.listens_for(Engine, "connect")
def hurry(connection: object, _: object) -> None:
    """nbgrader commits each cell for itself: hundreds of times a chapter."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")
