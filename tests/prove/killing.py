"""Killing a process at the n-th of its system calls that write (D5), with strace."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.house.tree import HOUSE
from tests.prove.figures import IS_LONG

CALLS = (
    "write", "pwrite64", "writev", "pwritev", "sendto", "sendmsg", "fsync", "fdatasync", "ftruncate",
    "fallocate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat",
)  # fmt: skip
"""What changes a file, or asks a database server to."""

Point = tuple[str, int]
"""A system call, and the how manieth of its name."""

KILLED = -signal.SIGKILL
_PATIENCE = timedelta(seconds=60)


def points(writes: Sequence[Point], few: int) -> Sequence[Point]:
    """Where to kill: everywhere in the long form, else at a few places, the last ones among them."""
    if IS_LONG or len(writes) <= few:
        return writes
    step = len(writes) / (few - 2)
    return [*(writes[int(n * step)] for n in range(few - 2)), *writes[-2:]]


@contextmanager
def mortals(folder: Path) -> Iterator["Mortals"]:
    """Yield what does acts that may be killed; skips the test where there is no strace."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    with Mortals(strace, folder) as found:
        yield found


class Mortals:
    """Does acts of ``tests.prove.mortal``, and kills them where it is told to."""

    def __init__(self, strace: str, folder: Path) -> None:
        self._strace = strace
        self._log = folder / "strace"
        self._forge: subprocess.Popen[str] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._forge = subprocess.Popen(
            [sys.executable, "-m", "tests.prove.mortal"],
            cwd=HOUSE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._forge is not None:
            self._forge.kill()
            self._forge.communicate()

    def do(self, act: str, url: str, path: Path, *, minutes: int = 0) -> None:
        """Do an act to its end."""
        child = self._begin(act, url, path, minutes)
        _await(child, lambda: _is_stopped(child))
        os.kill(child, signal.SIGCONT)
        assert self._ended() == 0, (act, "broke off")

    def writes(self, act: str, url: str, path: Path, *, minutes: int = 0) -> list[Point]:
        """Do an act to its end; return where it wrote, in order."""
        child = self._begin(act, url, path, minutes)
        self._watched(child, [])
        assert self._ended() == 0, (act, "broke off")
        found: list[Point] = []
        calls: Counter[str] = Counter()
        for line in self._log.read_text("utf-8", "replace").splitlines():
            process, said = line.split(maxsplit=1)
            call = said.partition("(")[0]
            if process == str(child) and call in CALLS:
                calls[call] += 1
                found.append((call, calls[call]))
        return found

    def kill(self, act: str, url: str, path: Path, *, at: Point, minutes: int = 0) -> bool:
        """Do an act and kill it where it writes; return whether it was killed."""
        call, time = at
        child = self._begin(act, url, path, minutes)
        self._watched(child, ["-e", f"inject={call}:signal=SIGKILL:when={time}"])
        status = self._ended()
        assert status in {0, KILLED}, (act, at, status)
        return status == KILLED

    def _begin(self, act: str, url: str, path: Path, minutes: int) -> int:
        assert self._forge is not None
        assert self._forge.stdin is not None
        said = {"act": act, "url": url, "path": str(path), "minutes": str(minutes)}
        self._forge.stdin.write(json.dumps(said) + "\n")
        self._forge.stdin.flush()
        return int(self._line())

    def _watched(self, child: int, more: list[str]) -> None:
        """Let a process go on under the eyes of strace."""
        _await(child, lambda: _is_stopped(child))
        command = [
            self._strace,
            "-f",
            "-qq",
            "-o",
            str(self._log),
            "-e",
            f"trace={','.join(CALLS)}",
        ]
        watcher = self._watcher = subprocess.Popen([*command, *more, "-p", str(child)])
        _await(child, lambda: _watcher_of(child) != 0 or watcher.poll() is not None)
        if watcher.poll() is not None:
            os.kill(child, signal.SIGKILL)
            pytest.skip("strace may not watch processes here")
        os.kill(child, signal.SIGCONT)

    def _ended(self) -> int:
        status = int(self._line())
        if self._watcher is not None:
            self._watcher.wait()
            self._watcher = None
        return status

    def _line(self) -> str:
        assert self._forge is not None
        assert self._forge.stdout is not None
        line = self._forge.stdout.readline()
        assert line, "the process that does the acts is gone"
        return line


def _status(child: int, name: str) -> str:
    text = Path(f"/proc/{child}/status").read_text("utf-8")
    return next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name}:"))


def _is_stopped(child: int) -> bool:
    return _status(child, "State") in {"T", "t"}


def _watcher_of(child: int) -> int:
    return int(_status(child, "TracerPid"))


def _await(child: int, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE.total_seconds()
    while not is_so():
        assert time.monotonic() < end, f"process {child} does not come"
        time.sleep(0.001)
