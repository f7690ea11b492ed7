"""B3, B4: whatever is done to a file, it loads, its rows are refused one by one, or it is refused whole."""

import csv
import gzip
import io
import random
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from spm.domain.errors import SpmError
from spm.domain.intake.building import records
from spm.domain.intake.cells import Issue
from spm.domain.intake.mapping import RowMapper
from spm.services.intake.inspection import Given, inspect
from tests.gold import test_crm_layouts as exports
from tests.imports import import_set
from tests.prove.figures import report, sized

Mutation = Callable[[bytes, random.Random], bytes]


def flipped(content: bytes, dice: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(dice.randint(1, 8)):
        found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found)


def cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content)) + 1]


def doubled(content: bytes, dice: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    at = dice.randrange(len(lines))
    return b"".join([*lines[:at], lines[at] * dice.randint(2, 4), *lines[at:]])


def shuffled(content: bytes, dice: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    dice.shuffle(lines)
    return b"".join(lines)


def spliced(content: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(content))
    odd = dice.choice(
        (
            *(b'"', b"\0", b"\n", b"\r", b"\xff\xfe", b";" * 500, b"=cmd|'/c'!A1", b"9" * 5000),
            *(b"NaN", "\u202e".encode(), b"1e999", b"2026-13-45", b"-", b"\t\t", b"'" * 90),
        )
    )
    return content[:at] + odd + content[at:]


def recoded(content: bytes, dice: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    name = dice.choice(["utf-16", "utf-16-le", "cp1251", "cp1252", "cp932", "cp949", "utf-8-sig"])
    return text.encode(name, "replace")


def cells_changed(content: bytes, dice: random.Random) -> bytes:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline="")))
    except csv.Error:
        return content
    if not rows:
        return content
    odd = ["", "x" * 300, "1,2,3", "(5", "Won", "1900-01-01", "9999-12-31", "１", "0", "-1", "'=1"]
    for _ in range(dice.randint(1, 6)):
        row = dice.choice(rows)
        if row:
            row[dice.randrange(len(row))] = dice.choice(odd)
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode()


MUTATIONS: tuple[Mutation, ...] = (
    flipped,
    cut,
    doubled,
    shuffled,
    spliced,
    recoded,
    cells_changed,
)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """One file per layout, as CSV in UTF-8."""
    found: list[bytes] = []
    for export in exports.EXPORTS:
        folder = tmp_path_factory.mktemp("seed")
        export(folder, exports.layouts())
        found += [
            path.read_bytes()
            for path in sorted(folder.glob("*.csv"))
            if not path.read_bytes().startswith(b"\xff\xfe")
        ]
    return found


EXAMPLES = sized(200, 50_000)


@pytest.mark.shared
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.integers(0, 10**6),
    st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
def test_no_file_raises_what_nobody_catches(
    seeds: list[bytes], tmp_path: Path, which: int, mutations: list[Mutation], seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311
    content = seeds[which % len(seeds)]
    for mutate in mutations:
        content = mutate(content, dice) or b" "
    path = tmp_path / "deals.csv"
    path.write_bytes(content)
    try:
        inspection = inspect([Given(path, "deals.csv")])
    except SpmError:
        return
    for one in inspection.recognised:
        mapper = RowMapper(one.binding, one.formats, inspection.book(one.binding.layout))
        taken = list(records(mapper, one.table.rows()))
        refused = [one for one in taken if isinstance(one, Issue) and one.is_refusal]
        assert all(issue.file and issue.line >= 0 and issue.reason for issue in refused)


def test_the_figure_of_mutated_files_is_written_down() -> None:
    report("B3", examples=EXAMPLES, kinds_of_mutation=len(MUTATIONS))


@pytest.mark.shared
def test_what_was_mutated_is_loaded_or_refused_and_nothing_between(
    seeds: list[bytes], session: Session, tmp_path: Path
) -> None:
    dice = random.Random(2026)  # noqa: S311
    for number in range(25):
        content = seeds[number % len(seeds)]
        for _ in range(2):
            content = dice.choice(MUTATIONS)(content, dice) or b" "
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        try:
            with session.begin_nested():
                outcome = import_set(session, path)
        except SpmError:
            continue
        for issue in outcome.refusals:
            assert issue.file
            assert issue.line >= 0
            assert issue.reason


# --- bombs ---------------------------------------------------------------------------------------

Bomb = Callable[[Path], Path]
HEADER = b"Id,Owner,Stage,Amount\n"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lollollollollol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b']><worksheet><sheetData><row><c t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
)
OUTSIDE = LAUGHS[:21] + (
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row>'
    b'<c t="inlineStr"><is><t>&a;</t></is></c></row></sheetData></worksheet>'
)


def text(content: bytes) -> Bomb:
    def make(folder: Path) -> Path:
        path = folder / "bomb.csv"
        path.write_bytes(content)
        return path

    return make


def book(change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> Bomb:
    """A workbook of two rows of which some part was exchanged."""

    def make(folder: Path) -> Path:
        whole, path = folder / "whole.xlsx", folder / "bomb.xlsx"
        with xlsxwriter.Workbook(str(whole)) as target:
            sheet = target.add_worksheet("S")
            sheet.write_row(0, 0, ["Id", "Owner", "Stage", "Amount"])
            sheet.write_row(1, 0, ["1", "Ann", "Demo", 5])
        with (
            zipfile.ZipFile(whole) as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
        ):
            for entry in source.infolist():
                made.writestr(entry.filename, change(entry.filename, source.read(entry)))
            for name, content in (extra or {}).items():
                made.writestr(name, content)
        return path

    return make


def same(_: str, content: bytes) -> bytes:
    return content


def sheet(content: bytes) -> Bomb:
    return book(lambda name, old: content if name.endswith("sheet1.xml") else old)


def appended(rows: bytes) -> Bomb:
    return book(
        lambda name, old: (
            old.replace(b"</sheetData>", rows + b"</sheetData>")
            if name.endswith("sheet1.xml")
            else old
        )
    )


def link(folder: Path) -> Path:
    path = book(same)(folder)
    with zipfile.ZipFile(path, "a") as target:
        entry = zipfile.ZipInfo("xl/media/link")
        entry.external_attr = 0o120777 << 16
        target.writestr(entry, "/etc/passwd")
    return path


def short(folder: Path) -> Path:
    path = book(same)(folder)
    path.write_bytes(path.read_bytes()[:-40])
    return path


BOMBS: dict[str, Bomb] = {
    "inflates to 101 MB": book(same, {"xl/a.xml": b"0" * (101 << 20)}),
    "shrinks a thousandfold": book(same, {"xl/a.xml": b"0" * (70 << 20)}),
    "300 parts": book(same, {f"xl/{n}.xml": b"" for n in range(300)}),
    "an archive inside": book(same, {"xl/inner.zip": b"PK"}),
    "a workbook inside": book(same, {"xl/embeddings/inner.xlsx": b"PK"}),
    "a link inside": link,
    "cut off": short,
    "no content types": lambda folder: _bare(folder, {"xl/a.xml": b"<a/>"}),
    "no sheets": lambda folder: _bare(folder, {"[Content_Types].xml": b"<Types/>"}),
    "a cell at the far end": appended(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "a cell beyond the end": appended(b'<row r="99999999"><c r="ZZZZZ99999999"><v>1</v></c></row>'),
    "a million laughs": sheet(LAUGHS),
    "an entity from outside": sheet(OUTSIDE),
    "a sheet of deep tags": sheet(b"<worksheet>" + b"<a>" * 200_000),
    "a sheet that is no XML": sheet(b"\0\1\2" * 1000),
    "a string out of reach": appended(b'<row r="3"><c r="A3" t="s"><v>4000000000</v></c></row>'),
    "strings of 60 MB": book(
        lambda name, old: (
            b"<sst>" + b"<si><t>x</t></si>" * 4_000_000 + b"</sst>"
            if name.endswith("sharedStrings.xml")
            else old
        )
    ),
    "ten million columns": text(b"," * 10_000_000),
    "500 columns": text(b",".join(b"c%d" % n for n in range(500)) + b"\n1\n"),
    "one line of 3 MB": text(b"x" * (3 << 20)),
    "a quote never closed": text(HEADER + b'1,"Ann,' + b"Demo,5\n" * 500_000),
    "a field of 900 kB": text(HEADER + b"1," + b"A" * 900_000 + b",Demo,5\n"),
    "only quotes": text(b'"' * 1_000_000),
    "zeros": text(b"\0" * 1_000_000),
    "noise": text(bytes(random.Random(4).randrange(256) for _ in range(200_000))),  # noqa: S311
    "half a character": text("Id,Owner\n".encode("utf-16") + b"\x00"),
    "half a surrogate": text("Id,Owner\n".encode("utf-16") + b"\x00\xd8\x00\xd8" * 100),
    "an old workbook": text(b"\xd0\xcf\x11\xe0" + b"\0" * 5000),
    "a compressed file": text(gzip.compress(HEADER * 1000)),
    "a hundred thousand digits": text(HEADER + b"1,Ann,Demo," + b"9" * 100_000 + b"\n"),
}


def _bare(folder: Path, parts: dict[str, bytes]) -> Path:
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return path


@pytest.mark.timed
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_two_seconds_and_200_megabytes(name: str, tmp_path: Path) -> None:
    path = BOMBS[name](tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    refused = 0
    try:
        inspection = inspect([Given(path, path.name)])
    except SpmError:
        refused = 1
    else:
        for one in inspection.recognised:
            mapper = RowMapper(one.binding, one.formats, inspection.book(one.binding.layout))
            for found in records(mapper, one.table.rows()):
                refused += isinstance(found, Issue) and found.is_refusal
    seconds = time.monotonic() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert refused, "nothing was refused"
    assert seconds < 2
    assert grown < 200 << 10
    report("B4", bombs=len(BOMBS), limit="2 s and 200 MiB each")
