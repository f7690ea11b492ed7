"""The files of this checkout, read once."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
NOT_OURS = {".venv", "node_modules", "vendor", "instance", "__pycache__", ".cache", "build", "dist"}


@dataclass(frozen=True)
class Source:
    """A file by its path below the checkout, with forward slashes."""

    name: str

    @cached_property
    def text(self) -> str:
        return (HOUSE / self.name).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    def at(self, node: ast.AST | int, words: str) -> str:
        """A finding, as ``file:line: words``."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return f"{self.name}:{line}: {words}"


@cache
def listed() -> tuple[str, ...]:
    """Everything that git knows or would take; without git everything that is ours."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(command, cwd=HOUSE, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        found = [path.relative_to(HOUSE) for path in HOUSE.rglob("*") if path.is_file()]
        return tuple(sorted(path.as_posix() for path in found if not NOT_OURS & set(path.parts)))
    return tuple(sorted(set(answer.stdout.split("\0")) - {""}))


@cache
def tracked() -> tuple[str, ...]:
    """The files among them that are there."""
    return tuple(name for name in listed() if (HOUSE / name).is_file())


@cache
def sources(folder: str, ending: str = ".py") -> tuple[Source, ...]:
    """The files below ``folder`` with that ending."""
    return tuple(
        Source(name) for name in tracked() if name.startswith(folder) and name.endswith(ending)
    )


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of a name or an attribute, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inside = dotted(node.value)
        return f"{inside}.{node.attr}" if inside else f"?.{node.attr}"
    return ""


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Each call with the dotted name of what is called."""
    for node in source.nodes:
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def imports(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Each imported module by its full name."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"
