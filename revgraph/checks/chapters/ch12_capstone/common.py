"""The names of types that the exercises of chapter 12 share."""

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]
