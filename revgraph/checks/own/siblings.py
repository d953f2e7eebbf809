"""Which files of its folder an exercise file imports.

`import helpers` in a file of the folder means the helpers.py beside it, and is turned into a relative import:
so two courses may each have a helpers.py in one process, and no file of a course takes the place of an
installed module anywhere else.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

Files = Collection[str]  # paths below the folder, with /


def with_siblings(source: bytes | str, path: str, files: Files) -> ast.Module:
    """The file's tree, in which imports of files of the folder are relative. Raises SyntaxError."""
    tree: ast.Module = _Relative(path, files).visit(ast.parse(source))
    return ast.fix_missing_locations(tree)


class _Relative(ast.NodeTransformer):
    def __init__(self, path: str, files: Files) -> None:
        self.here, self.path, self.files = path.split("/")[:-1], path, files

    def _level(self, name: str) -> int:
        """How many dots lead to the file or folder `name` from here; 0 where there is none."""
        for up in dict.fromkeys((0, len(self.here))):
            start = "/".join([*self.here[: len(self.here) - up], name])
            found = [file for file in self.files if file == f"{start}.py" or file.startswith(f"{start}/")]
            if found and found != [self.path]:
                return up + 1
        return 0

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.AST]:
        return [made for alias in node.names for made in self._imports(node, alias)]

    def _imports(self, node: ast.Import, alias: ast.alias) -> Iterator[ast.AST]:
        first, _, rest = alias.name.partition(".")
        level = self._level(first)
        if not level:
            yield ast.copy_location(ast.Import([alias]), node)
        elif not rest or alias.asname:
            above, _, last = alias.name.rpartition(".")
            yield ast.copy_location(
                ast.ImportFrom(above or None, [ast.alias(last, alias.asname)], level), node
            )
        else:  # `import tools.text` makes the name tools
            above, _, last = alias.name.rpartition(".")
            yield ast.copy_location(ast.ImportFrom(above, [ast.alias(last, f"_{last}")], level), node)
            yield ast.copy_location(ast.ImportFrom(None, [ast.alias(first)], level), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.level == 0 and node.module and (level := self._level(node.module.partition(".")[0])):
            return ast.copy_location(ast.ImportFrom(node.module, node.names, level), node)
        return node


def needed(path: str, sources: dict[str, bytes]) -> set[str]:
    """This file of the folder and all others that it imports, they import, and so on."""
    found: set[str] = set()
    coming = [path]
    while coming:
        one = coming.pop()
        if one not in found and one in sources:
            found.add(one)
            coming += _imported(one, sources)
    return found


def _imported(path: str, sources: dict[str, bytes]) -> Iterator[str]:
    try:
        tree = with_siblings(sources[path], path, sources)
    except (SyntaxError, ValueError):
        return
    here = path.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - (node.level - 1)] + (node.module.split(".") if node.module else [])
            for parts in [base, *([*base, alias.name] for alias in node.names)]:
                yield from _files_of(parts)


def _files_of(parts: list[str]) -> Iterator[str]:
    """What importing the module of these names may run: itself, and the packages above it."""
    if parts:
        yield "/".join(parts) + ".py"
    for n in range(len(parts) + 1):
        yield "/".join([*parts[:n], "__init__.py"])
