"""Workbooks (XLSX): what is safe to open, and their sheets as rows."""

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from spm.domain.intake.cells import Cell, Unreadable
from spm.domain.intake.reasons import Reason

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"
MOST_ENTRIES = 200
MOST_BYTES = 100 << 20
"""Of all entries, inflated."""
RATIO_BYTES = 64 << 20
MOST_RATIO = 50
"""Above ``RATIO_BYTES`` inflated, no archive may have shrunk more than this."""

_CHUNK = 1 << 20
_NESTED = re.compile(r".*\.(zip|xlsx|xlsm|docx|jar)", re.IGNORECASE)
_CHILD = Path(__file__).with_name("workbook_child.py")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet; its first is numbered as a spreadsheet shows it."""

    sheet: str
    line: int
    cells: tuple[Cell, ...]
    is_hidden: bool = False


def check(path: Path, file: str) -> None:
    """Refuse an archive that is none, or that would unpack into more than a workbook needs.

    The sizes that an archive declares are not believed: what comes out is counted.

    Raises:
        Unreadable: It is not safe to open.
    """
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise Unreadable(file=file, reason=Reason.WORKBOOK_TOO_MANY_PARTS)
            if not any(entry.filename == "[Content_Types].xml" for entry in entries):
                raise Unreadable(file=file, reason=Reason.NOT_A_WORKBOOK)
            for entry in entries:
                if _is_link(entry) or _NESTED.fullmatch(entry.filename):
                    raise Unreadable(file=file, reason=Reason.WORKBOOK_NESTED)
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise Unreadable(file=file, reason=Reason.WORKBOOK_TOO_LARGE)
            _inflate(archive, entries, path.stat().st_size, file)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise Unreadable(file=file, reason=Reason.NOT_A_WORKBOOK) from None


def _is_link(entry: ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _inflate(archive: ZipFile, entries: list[ZipInfo], packed: int, file: str) -> None:
    total = 0
    for entry in entries:
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MOST_BYTES or (total > RATIO_BYTES and total > MOST_RATIO * packed):
                    raise Unreadable(file=file, reason=Reason.WORKBOOK_TOO_LARGE)


def rows(path: Path, file: str) -> Iterator[SheetRow]:
    """Yield the rows of all sheets, one sheet after the other, read by a process under limits.

    Raises:
        Unreadable: It is no workbook, or asks for more memory or time than one may have.
    """
    command = [sys.executable, "-I", str(_CHILD), str(path.resolve())]
    with subprocess.Popen(  # noqa: S603 - our own script, and a path that we made
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
    ) as child:
        try:
            yield from _rows(child, file)
        finally:
            child.kill()


def _rows(child: "subprocess.Popen[str]", file: str) -> Iterator[SheetRow]:
    sheet, line, is_whole, is_hidden = "", 0, False, False
    for text in child.stdout or ():
        try:
            what, *facts = json.loads(text)
        except ValueError:
            break
        if what == "end":
            is_whole = True
        elif what == "sheet":
            sheet, line, is_hidden = facts[0], facts[1] - 1, facts[2]
        else:
            line += 1
            yield SheetRow(sheet, line, tuple(map(_cell, facts[0])), is_hidden)
    if not is_whole:
        status = child.wait()
        reason = Reason.NOT_A_WORKBOOK if status == 1 else Reason.WORKBOOK_TOO_LARGE
        raise Unreadable(file=file, reason=reason)


def _cell(value: object) -> Cell:
    match value:
        case str() | bool():
            return value
        case {"n": str(number)}:
            found = Decimal(number)
            return found if found.is_finite() else ""
        case {"d": str(day)}:
            return date.fromisoformat(day)
        case {"t": str(instant)}:
            return datetime.fromisoformat(instant)
        case _:
            return ""
