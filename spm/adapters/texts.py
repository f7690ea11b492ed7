"""Text files with delimiters: their encoding, their delimiter, and their records with line numbers."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from spm.adapters.guessing import likeliest
from spm.domain.intake.cells import RawRecord, Unreadable
from spm.domain.intake.reasons import Reason

ENCODINGS = (
    "utf-8",
    "utf-16",
    "cp1251",
    "cp1252",
    "cp932",
    "cp949",
    "euc_jp",
    "cp1250",
    "koi8-u",
    "latin-1",
)
"""What may be chosen by hand, the likely ones first."""
DELIMITERS = (",", ";", "\t", "|")

LONGEST_LINE = 1 << 20
"""Characters of one line; a header of ten million columns is longer."""

_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r")
"""Bytes that no text needs."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 256 << 10
_SNIFFED = 100
_MOST_LINES = 1000
"""No text in a cell has more lines."""


def named(name: str, file: str) -> str:
    """Return an encoding by the name that somebody gave it.

    Raises:
        Unreadable: It is none, or none of texts.
    """
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError):
        raise Unreadable(file=file, reason=Reason.UNKNOWN_ENCODING, encoding=name) from None
    return codec.name


def encoding_of(path: Path, file: str) -> str:
    """Return the encoding of a text file: by its mark, else UTF-8 if it is that, else the likeliest.

    Raises:
        Unreadable: It is no text in any encoding that is known.
    """
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\0" in head and not _is_text_with_a_slip(head):
        return _without_mark(head, file)
    odd = _not_utf8(path)
    if odd is None:
        return "utf-8"
    best = likeliest(odd)
    if best is None:
        raise Unreadable(file=file, reason=Reason.UNKNOWN_ENCODING)
    return best.replace("_", "-") if best.startswith("utf") else best


def _is_text_with_a_slip(head: bytes) -> bool:
    """A stray zero or two in a text: its row is refused, not the file; what is no text is full of such bytes."""
    return sum(byte in _CONTROLS for byte in head) * 100 < len(head)


def _without_mark(head: bytes, file: str) -> str:
    """UTF-16 of mostly Latin text has a zero in every second byte."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) or min(even, odd) * 20 > len(head):
        raise Unreadable(file=file, reason=Reason.NOT_A_TEXT)
    return "utf-16-le" if odd > even else "utf-16-be"


def _not_utf8(path: Path) -> bytes | None:
    """Return a sample for guessing, rich in what is not ASCII; None if the file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, sample, size = True, [], 0
    with path.open("rb") as stream:
        for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
            if is_utf8:
                try:
                    decoder.decode(line)
                except UnicodeDecodeError:
                    is_utf8 = False
            if size < _SAMPLE and not line.isascii():
                sample.append(line)
                size += len(line)
            if not is_utf8 and size >= _SAMPLE:
                break
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return b"".join(sample)
        return None
    return b"".join(sample)


def delimiter_of(path: Path, file: str, encoding: str) -> str:
    """Return the delimiter under which the first records have most columns, all the same number."""
    with _opened(path, encoding) as stream:
        lines: list[str] = []
        try:
            for line in iter(lambda: stream.readline(LONGEST_LINE), ""):
                lines.append(line)
                if len(lines) >= _SNIFFED:
                    break
        except UnicodeError:
            raise Unreadable(file=file, reason=Reason.WRONG_ENCODING, encoding=encoding) from None
    hint = _hint(lines[0]) if lines else None
    return hint or max(DELIMITERS, key=lambda delimiter: _fit("".join(lines), delimiter))


def _hint(line: str) -> str | None:
    """Excel's own ``sep=;`` in the first line."""
    text = line.strip().strip('"')
    return text[-1] if len(text) == len("sep=;") and text.casefold().startswith("sep=") else None


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """The share of the records that have the commonest number of columns, and that number.

    Titles above and totals below are of one column, and do not count.
    """
    widths: Counter[int] = Counter()
    count = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for fields in reader:
            if any(fields):
                count += 1
                widths[len(fields)] += len(fields) > 1
    except csv.Error:
        pass
    width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return (rows / count, width) if rows else (0.0, 0)


def _opened(path: Path, encoding: str) -> io.TextIOWrapper:
    return path.open(encoding=encoding, newline="")


def records(path: Path, file: str, encoding: str, delimiter: str) -> Iterator[RawRecord]:
    """Yield the records of a text file, strictly quoted; what is not comes with its fault.

    A quote that is never closed swallows the rest of the file; that record names the lines.

    Raises:
        Unreadable: Some byte is not of the encoding, a line is longer than any table's, or a quote
            swallows a great many lines.
    """
    with _opened(path, encoding) as stream:
        reader = csv.reader(_bounded(stream, file), delimiter=delimiter, quotechar='"', strict=True)
        line = 1
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except UnicodeError:
                raise Unreadable(
                    file=file, reason=Reason.WRONG_ENCODING, encoding=encoding
                ) from None
            except csv.Error as error:
                fault = _fault(str(error))
                if fault is Reason.FIELD_TOO_LONG and reader.line_num - line > _MOST_LINES:
                    # A quote that is never closed: what follows it is no table.
                    raise Unreadable(file=file, reason=fault, line=line) from None
                yield RawRecord(line, reader.line_num, (), fault)
                line = reader.line_num + 1
                continue
            if line > 1 or _hint(delimiter.join(fields)) is None:
                yield RawRecord(line, reader.line_num, tuple(fields))
            line = reader.line_num + 1


def _bounded(stream: io.TextIOWrapper, file: str) -> Iterator[str]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise Unreadable(file=file, reason=Reason.LINE_TOO_LONG)
        yield line


def _fault(message: str) -> Reason:
    if "end of data" in message:
        return Reason.UNCLOSED_QUOTE
    if "field larger" in message:
        return Reason.FIELD_TOO_LONG
    return Reason.STRAY_QUOTE
