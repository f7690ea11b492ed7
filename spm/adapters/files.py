"""Files that people hand in: kept outside what is served, under names of our own."""

import contextlib
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

_NAME = re.compile(r"[0-9a-f]{48}")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it was kept: its random name, its SHA-256 and its size in bytes."""

    name: str
    digest: str
    size: int


class FileStore:
    """A folder of kept files; nothing in it is reachable from the web."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, stream: BinaryIO) -> Kept:
        """Write a stream into a new file that only this user may read; nothing is left of half a one."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = secrets.token_hex(24)
        digest, size = hashlib.sha256(), 0
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            self.forget(name)
            raise
        return Kept(name, digest.hexdigest(), size)

    def path(self, name: str) -> Path:
        """Return where a kept file lies.

        Raises:
            ValueError: This is no name that was given here.
        """
        if _NAME.fullmatch(name) is None:
            raise ValueError(name)
        return self._folder / name

    def names(self, before: datetime) -> tuple[str, ...]:
        """Return the names of the kept files that were written before an instant, sorted."""
        found = []
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):  # deleted by somebody else meanwhile
                written = path.stat().st_mtime
                if _NAME.fullmatch(path.name) and written < before.timestamp():
                    found.append(path.name)
        return tuple(sorted(found))

    def forget(self, name: str) -> None:
        """Delete a kept file; one that is gone is no error."""
        self.path(name).unlink(missing_ok=True)
