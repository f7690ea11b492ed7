"""Text files and workbooks: what is read, what is reported, what is refused."""

import io
import struct
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spm.adapters import spreadsheets, texts, workbooks
from spm.adapters.spreadsheets import Table, tables
from spm.domain.intake.cells import Issue, Row, Unreadable
from spm.domain.intake.formats import Reading

UKRAINIAN = "назва;місто;сума\r\nТОВ «Їжак»;Львів;12,50\r\nПП Ґанок;Чернігів;7,00\r\n" * 20
JAPANESE = "会社,都市,金額\r\n株式会社山田製作所,東京,1200\r\n有限会社佐藤,大阪,500\r\n" * 20
KOREAN = "회사,도시,금액\r\n주식회사 한빛,서울,1200\r\n유한회사 바다,부산,500\r\n" * 20


def written(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path, reading: Reading | None = None) -> Table:
    (table,) = tables(path, path.name, reading or Reading())
    return table


def rows(table: Table) -> list[tuple[object, ...]]:
    return [row.cells for row in table.rows() if isinstance(row, Row)]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|Frame, Black\n", "|"),
        ("sep=;\na;b\n1;2\n", ";"),
        ('a,b\n"x;y",2\n"z;w",3\n', ","),
        ("a\n1\n2\n", ","),
    ],
)
def test_the_delimiter_is_recognised(tmp_path: Path, text: str, delimiter: str) -> None:
    table = only(written(tmp_path, text))
    assert table.delimiter == delimiter
    assert table.header[0] == "a"
    assert all(len(cells) == len(table.header) for cells in rows(table))


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("a,b\n1,José\n", "utf-8", "utf-8-sig"),
        ("a,b\n1,José\n", "utf-8-sig", "utf-8-sig"),
        ("a\tb\n1\tJosé\n", "utf-16", "utf-16"),
        ("a,b\n1,Jose\n", "utf-16-le", "utf-16-le"),
        (UKRAINIAN, "cp1251", "cp1251"),
        (JAPANESE, "cp932", "cp932"),
        (JAPANESE, "euc_jp", "euc_jp"),
        (KOREAN, "cp949", "cp949"),
    ],
)
def test_the_encoding_is_recognised(tmp_path: Path, text: str, encoding: str, found: str) -> None:
    table = only(written(tmp_path, text.encode(encoding)))
    assert table.encoding == found
    assert table.header == tuple(
        text.splitlines()[0].replace(";", ",").replace("\t", ",").split(",")
    )


def test_what_is_said_is_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "a;b,c\n1;2,Ж\n".encode("koi8-u"))
    table = only(path, Reading(encoding="koi8-u", delimiter=","))
    assert table.header == ("a;b", "c")
    assert rows(table) == [("1;2", "Ж")]


def test_a_wrong_encoding_is_an_error_and_no_silence(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,Ж\n".encode("cp1251"))
    for delimiter in (None, ","):
        with pytest.raises(Unreadable) as caught:
            rows(only(path, Reading(encoding="utf-8", delimiter=delimiter)))
        assert caught.value.facts["reason"] == "wrong-encoding"


@pytest.mark.parametrize("name", ["zip", "base64", "martian", "../../x"])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable) as caught:
        only(written(tmp_path, "a,b\n"), Reading(encoding=name))
    assert caught.value.facts["reason"] == "unknown-encoding"


def test_rows_know_their_lines(tmp_path: Path) -> None:
    table = only(written(tmp_path, 'a,b\r\n1,"two\r\nlines"\r\n\r\n3,4'))
    assert [row.line for row in table.rows()] == [2, 5]


def test_short_and_long_rows_are_reported(tmp_path: Path) -> None:
    table = only(written(tmp_path, "a,b\n1\n1,2,3\n1,2,,\n4,5\n"))
    found = [(row.line, row.fault) for row in table.rows() if isinstance(row, Row)]
    assert found == [(2, "short-row"), (3, "long-row"), (4, None), (5, None)]


def test_an_unclosed_quote_is_reported_with_the_lines_that_it_swallowed(tmp_path: Path) -> None:
    table = only(written(tmp_path, 'a,b\n1,2\n3,"four\n5,6\n7,8\n'))
    good, bad = table.rows()
    assert isinstance(good, Row)
    assert isinstance(bad, Issue)
    assert (bad.line, bad.reason, bad.facts) == (3, "unclosed-quote", {"last_line": 5})


def test_a_stray_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    table = only(written(tmp_path, 'a,b\n1,"x"y\n3,4\n'))
    found = [(row.line, isinstance(row, Row)) for row in table.rows()]
    assert found == [(2, False), (3, True)]


def test_the_foot_of_a_report_is_passed_over(tmp_path: Path) -> None:
    text = 'a,b\n1,2\n\nGrand Totals (1 records)\n"Confidential, do not distribute"\n'
    assert rows(only(written(tmp_path, text))) == [("1", "2")]


def test_a_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    table = only(written(tmp_path, "My report\n\na,b\n1,2\n"))
    assert (table.header, table.header_line) == (("a", "b"), 3)


def test_an_empty_file_has_no_table(tmp_path: Path) -> None:
    assert tables(written(tmp_path, ""), "file.csv", Reading()) == ()
    assert tables(written(tmp_path, "\n\n"), "file.csv", Reading()) == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00" * 100, "not-a-text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "old-workbook"),
        (b"PK\x03\x04 no archive", "not-a-workbook"),
        (b"a," * 500 + b"a\n", "too-many-columns"),
        (b"a," * 5_000_000, "line-too-long"),
        (b'"a,b\n1,2\n', "unclosed-quote"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        tables(written(tmp_path, content), "file.csv", Reading())
    assert caught.value.facts["reason"] == reason


def test_a_stray_zero_does_not_make_a_text_of_something_else(tmp_path: Path) -> None:
    text = "account,sector\nAc\0me,retail\n" + "Beta,technology\n" * 40
    table = only(written(tmp_path, text))
    assert [cells[0] for cells in rows(table)][:2] == ["Ac\0me", "Beta"]


def test_a_file_that_is_too_large_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_BYTES", 3)
    with pytest.raises(Unreadable):
        tables(written(tmp_path, "a,b\n"), "file.csv", Reading())


def test_more_rows_than_are_taken_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)
    with pytest.raises(Unreadable):
        rows(only(written(tmp_path, "a,b\n1,2\n3,4\n5,6\n")))


@given(content=st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_table_or_refused(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    try:
        for table in tables(path, path.name, Reading()):
            list(table.rows())
    except Unreadable:
        return


@given(
    cells=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_spreadsheet_wrote_is_read_back(tmp_path: Path, cells: list[list[str]]) -> None:
    import csv

    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *cells])
    path = written(tmp_path, stream.getvalue())
    table = only(path, Reading(encoding="utf-8", delimiter=","))
    whole = [tuple(row) for row in cells if any(row)]
    kept = rows(table)
    if all(sum(bool(cell) for cell in row) != 1 for row in cells):
        assert kept == whole


# --- workbooks -----------------------------------------------------------------------------------


def workbook(folder: Path, sheets: dict[str, list[list[object]]]) -> Path:
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                for column, value in enumerate(line):
                    if hasattr(value, "year"):
                        sheet.write_datetime(number, column, value, day)
                    else:
                        sheet.write(number, column, value)
    return path


def test_a_workbook_is_a_table_per_filled_sheet(tmp_path: Path) -> None:
    from datetime import date

    path = workbook(
        tmp_path,
        {
            "Deals": [["id", "closed", "amount"], ["A", date(2017, 3, 1), 12.5], ["B", "", 1000]],
            "Empty": [],
            "People": [["", "name", "note"], ["x", "José", "=1+1"]],
        },
    )
    deals, people = tables(path, "book.xlsx", Reading())
    assert deals.file == "book.xlsx: Deals"
    assert [tuple(map(str, cells)) for cells in rows(deals)] == [
        ("A", "2017-03-01", "12.5"),
        ("B", "", "1000"),
    ]
    assert people.header == ("", "name", "note")
    assert rows(people) == [("x", "José", "=1+1")]


def archive(folder: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", compression) as target:
        for name, content in {"[Content_Types].xml": b"<Types/>", **parts}.items():
            target.writestr(name, content)
    return path


def far_cell(folder: Path) -> Path:
    """A workbook of two cells, at both ends of the sheet."""
    path = workbook(folder, {"S": [["a", "b"], ["1", "2"]]})
    bomb = folder / "far.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bomb, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(
                    b"</sheetData>",
                    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
                )
            target.writestr(entry, content)
    return bomb


def declared_small(folder: Path) -> Path:
    """An archive whose entry unpacks into more than it declares."""
    path = archive(folder, {"xl/a.xml": b"x" * 200_000})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(signature, content.find(signature) + 4)
        content[at + offset : at + offset + 4] = struct.pack("<I", 10)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: archive(folder, {"xl/a.xml": b"0" * (101 << 20)}),
        lambda folder: archive(folder, {"xl/a.xml": b"0" * (70 << 20)}),
        lambda folder: archive(folder, {f"xl/{n}.xml": b"" for n in range(300)}),
        lambda folder: archive(folder, {"xl/inner.zip": b"PK"}),
        lambda folder: archive(folder, {"xl/a.xml": b"<a/>"}),
        far_cell,
        declared_small,
    ],
    ids=["size", "ratio", "entries", "nested", "no-workbook", "far-cell", "lying-size"],
)
def test_a_bomb_is_refused_soon(tmp_path: Path, make: object) -> None:
    assert callable(make)
    path = make(tmp_path)
    began = time.monotonic()
    with pytest.raises(Unreadable):
        tables(path, "bomb.xlsx", Reading())
    assert time.monotonic() - began < 5


def test_only_known_encodings_may_be_chosen() -> None:
    for name in texts.ENCODINGS:
        assert "é".encode(name, "replace") is not None
    assert workbooks.MOST_BYTES == 100 << 20
