"""Only some of the modules in this folder are open while answers are judged."""

from importlib.util import find_spec


def __getattr__(name: str) -> object:
    full_name = f"{__name__}.{name}"
    if name.startswith("__") or find_spec(full_name):  # a module in here says itself whether it is open
        raise AttributeError(name)
    raise ImportError(f"{full_name} is the reference; it is closed while your answers are judged")
