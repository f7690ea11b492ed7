"""B10: every regular expression of the source answers 64 kB of the worst in less than 50 ms."""

import ast
import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

import pytest

import spm
from tests.house.tree import calls, sources
from tests.prove.figures import report

SIZE = 64 * 1024
MOST = 0.05
LOCAL = {
    "shape": (
        r"(?P<sign>[-\u2212]?)(?P<whole>[0-9]{1,40}|[0-9]{1,3}(?:[,][0-9]{3}){1,12})"
        r"(?:[.](?P<part>[0-9]{1,40}))?"
    ),
}
"""An expression that a function makes for a language: what it makes for English."""
USES = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


def expressions() -> dict[str, tuple[re.Pattern[str], set[str]]]:
    """Place → expression and how the source uses it, by the syntax tree of every module."""
    found: dict[str, tuple[re.Pattern[str], set[str]]] = {}
    for source in [*sources("spm/"), *sources("config.py")]:
        module = _module(source.name)
        used: dict[str, set[str]] = {}
        for call, name in calls(source):
            head, _dot, verb = name.rpartition(".")
            if head == "re" and verb in USES and call.args:
                found[f"{source.name}:{call.lineno}"] = (_pattern(call.args[0], module), {verb})
            elif verb in USES and head:
                used.setdefault(head.rpartition(".")[2], set()).add(verb)
        for node in source.nodes:
            if (
                isinstance(node, ast.Attribute)
                and node.attr in USES
                and isinstance(node.value, ast.Name)
            ):
                used.setdefault(node.value.id, set()).add(node.attr)
        known = {
            name: value
            for name, value in vars(module).items()
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
        }
        for name, pattern in known.items():
            found[f"{source.name}:{name}"] = (pattern, used.get(name, set()) or {"search"})
        for call, _name in [each for each in calls(source) if each[1] == "re.compile"]:
            pattern = _pattern(call.args[0], module)
            if pattern.pattern not in {each.pattern for each in known.values()}:
                found[f"{source.name}:{call.lineno}"] = (pattern, {"search"})
    return found


def _module(name: str) -> Any:
    return importlib.import_module(
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    )


def _pattern(node: ast.expr, module: Any) -> re.Pattern[str]:
    if isinstance(node, ast.Name) and node.id in LOCAL:
        return re.compile(LOCAL[node.id], re.ASCII)
    value = eval(compile(ast.Expression(node), "source", "eval"), vars(module))  # noqa: S307 - our own source
    return value if isinstance(value, re.Pattern) else re.compile(value)


def attacks(pattern: re.Pattern[str]) -> Iterator[str]:
    """64 kB of whatever the expression likes, and then of what it does not."""
    liked = {"a", " ", "0", "-", "\n", "é", "\t", ",", "."} | set(
        _letters(_parser.parse(pattern.pattern, pattern.flags))
    )
    for each in sorted(liked):
        for end in ("", "\x00", "!", "\n\n\x00"):
            yield each * (SIZE - len(end)) + end
    pairs = sorted(liked)[:12]
    for left in pairs:
        for right in pairs:
            if left != right:
                yield (left + right) * (SIZE // 2 - 1) + "\x00"


def _letters(parsed: Any) -> Iterator[str]:
    """A letter of each literal, range and category of an expression."""
    for kind, value in parsed:
        if kind in (_constants.LITERAL, _constants.NOT_LITERAL):
            yield chr(value)
        elif kind is _constants.RANGE:
            yield chr(value[0])
        elif kind is _constants.CATEGORY:
            yield {"DIGIT": "1", "SPACE": " ", "WORD": "w"}.get(str(value).rpartition("_")[2], "x")
        elif kind is _constants.IN:
            yield from _letters([each for each in value if each[0] is not _constants.NEGATE])
        elif kind is _constants.BRANCH:
            for branch in value[1]:
                yield from _letters(branch)
        elif kind is _constants.SUBPATTERN:
            yield from _letters(value[3])
        elif kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            yield from _letters(value[2])
        elif kind in (_constants.ASSERT, _constants.ASSERT_NOT):
            yield from _letters(value[1])


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def seconds(pattern: re.Pattern[str], verb: str, text: str) -> float:
    """The quickest of three; stopped after two seconds."""
    act: Callable[[], Any] = {
        "sub": lambda: pattern.sub("", text),
        "subn": lambda: pattern.subn("", text),
    }.get(verb, lambda: getattr(pattern, verb)(text))
    best = 9.0
    before = signal.signal(signal.SIGALRM, _stop)
    try:
        for _try in range(3):
            signal.setitimer(signal.ITIMER_REAL, 2)
            began = time.perf_counter()
            result = act()
            if verb == "finditer":
                for _each in result:
                    pass
            best = min(best, time.perf_counter() - began)
            if best < MOST:
                break
    except TimeoutError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return best


@pytest.mark.timed
def test_no_expression_can_be_made_to_wait() -> None:
    for module in pkgutil.walk_packages(spm.__path__, "spm."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    slow, worst, tried = [], 0.0, 0
    found = expressions()
    for place, (pattern, verbs) in found.items():
        for verb in verbs:
            for text in attacks(pattern):
                tried += 1
                taken = seconds(pattern, verb, text)
                worst = max(worst, taken)
                if taken >= MOST:
                    slow.append(
                        (place, pattern.pattern, verb, text[:2], text[-2:], round(taken, 3))
                    )
                    break
    assert not slow, "\n".join(map(str, slow))
    assert len(found) > 25
    report(
        "B10 expressions", expressions=len(found), attacks=tried, slowest_ms=round(worst * 1000, 1)
    )
