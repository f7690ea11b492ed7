"""Archives of the product: plain ZIP files that anybody can open, each part checked by its digest."""

import errno
import hashlib
import io
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from sqlalchemy.exc import DBAPIError

from spm.domain.backups import (
    MANIFEST,
    SEAL,
    ArchiveDamaged,
    ArchiveUnreadable,
    Manifest,
    NoRoom,
    NotWritten,
    Part,
)

_CHUNK: Final = 1 << 20
_AT_ONCE: Final = 4 << 20
_LARGEST_MANIFEST: Final = 256 << 20
_PACKED: Final = (".pdf", ".zip", ".xlsx", ".png")
"""Endings of what gets no smaller."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a ZIP raises that was cut off or changed."""


@contextmanager
def told(place: Path) -> Iterator[None]:
    """Say in our words what the system refused while something was written at ``place``.

    Raises:
        NoRoom: The disk is full.
        NotWritten: Anything else that the system or the database refused.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoom(place=place) from error
        raise NotWritten(place=error.filename or place, why=error.strerror or error) from error
    except sqlite3.Error as error:
        raise _refused(error, place) from error
    except DBAPIError as error:
        raise _refused(error.orig, place) from error


def _refused(error: BaseException | None, place: Path) -> NoRoom | NotWritten:
    why = str(error).strip().split("\n", 1)[0]
    return NoRoom(place=place) if "full" in why else NotWritten(place=place, why=why)


def expect_room(place: Path, size: int) -> None:
    """Refuse before a long time was spent what the disk of ``place`` cannot take.

    Raises:
        NoRoom: Less than ``size`` bytes are free.
    """
    free = shutil.disk_usage(place).free
    if free < size:
        raise NoRoom(place=place, needed=size, free=free)


def digest_of(stream: IO[bytes], into: IO[bytes] | None = None, most: int | None = None) -> Part:
    """Return size and SHA-256 of a stream, nameless, copying it; stops after ``most`` bytes."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if most is not None and size > most:
            break
        digest.update(chunk)
        if into is not None:
            into.write(chunk)
    return Part("", size, digest.hexdigest())


def write(
    path: Path, files: Mapping[str, Path], close: Callable[[tuple[Part, ...]], tuple[str, str]]
) -> None:
    """Write an archive of ``files`` (name in it → where it lies), whole or not at all.

    Args:
        path: Where it will lie.
        files: In their order.
        close: Returns the manifest and its seal, given the parts.
    """
    being_written = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(being_written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with _Steady(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", compresslevel=1) as archive:
                parts = tuple(_add(archive, name, at) for name, at in files.items())
                for name, text in zip((MANIFEST, SEAL), close(parts), strict=True):
                    archive.writestr(name, text)
            file.flush()
            os.fsync(file.fileno())
        being_written.replace(path)
        sync(path.parent)
    except BaseException:
        being_written.unlink(missing_ok=True)
        raise


class _Steady(io.FileIO):
    """A file that is brought to the disk while it is written.

    All of it at the end would hold up whoever waits for the disk at that moment: each commit does.
    """

    _waiting = 0

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write, and from time to time wait until it is on the disk."""
        written = super().write(data)
        self._waiting += written
        if self._waiting > _AT_ONCE:
            os.fsync(self.fileno())
            self._waiting = 0
        return written


def _add(archive: zipfile.ZipFile, name: str, at: Path) -> Part:
    is_packed = name.lower().endswith(_PACKED)
    archive.compression = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    with at.open("rb") as source, archive.open(name, "w", force_zip64=True) as into:
        part = digest_of(source, into)
    return Part(name, part.size, part.digest)


def sync(folder: Path) -> None:
    """Make the new name of a file outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Archive:
    """An archive that is read."""

    def __init__(self, path: Path) -> None:
        """Open it and read its manifest; no part is believed yet.

        Raises:
            ArchiveUnreadable: This is none, or its end is missing.
            ArchiveTooNew: It was written by a later release.
        """
        try:
            self._file = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise ArchiveUnreadable(why=f"there is no {path}") from error
        except (*_BROKEN, OSError, ValueError) as error:
            raise ArchiveUnreadable(why=error) from error
        try:
            self.text = self._text(MANIFEST)
            self.seal = self._text(SEAL)
            self.manifest = Manifest.read(self.text)
            self._expect_parts()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _text(self, name: str) -> str:
        try:
            if self._file.getinfo(name).file_size > _LARGEST_MANIFEST:
                raise ArchiveUnreadable(why=f"{name} is too large")
            return self._file.read(name).decode("utf-8")
        except KeyError as error:
            raise ArchiveUnreadable(why=f"{name} is not in it") from error
        except (*_BROKEN, UnicodeDecodeError, OSError) as error:
            raise ArchiveUnreadable(why=f"{name} cannot be read") from error

    def _expect_parts(self) -> None:
        said = sorted([*(part.name for part in self.manifest.parts), MANIFEST, SEAL])
        found = sorted(self._file.namelist())
        if said != found:
            odd = sorted(set(said) ^ set(found)) or ["a part twice"]
            raise ArchiveDamaged(part=odd[0])

    def check(self) -> None:
        """Read every part.

        Raises:
            ArchiveDamaged: One is not what was written.
        """
        for part in self.manifest.parts:
            self._read(part, None)

    def extract(self, part: Part, into: Path) -> None:
        """Write a part to a new file that only this user may read.

        Raises:
            ArchiveDamaged: It is not what was written; nothing is left.
        """
        into.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                self._read(part, file)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            into.unlink(missing_ok=True)
            raise

    def _read(self, part: Part, into: IO[bytes] | None) -> None:
        try:
            with self._file.open(part.name) as stream:
                found = digest_of(stream, into, most=part.size)
        except _BROKEN as error:
            raise ArchiveDamaged(part=part.name) from error
        if (found.size, found.digest) != (part.size, part.digest):
            raise ArchiveDamaged(part=part.name)
