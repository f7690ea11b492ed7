"""Files of layouts that nobody has seen: columns, values, mappings that are kept."""

import io
import re
import tomllib
from collections.abc import Callable
from datetime import date
from html import unescape
from threading import Thread
from time import monotonic, sleep
from typing import Any, cast

import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from spm.adapters.database import unit
from spm.domain.ids import JobId
from spm.domain.intake.layouts import parse
from spm.domain.text import fold
from spm.jobs.progress import is_to_stop
from spm.models.audit import AuditEntryRow
from spm.models.intake import ImportMappingRow, ImportRow
from spm.models.jobs import JobRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import AccountRow, DealRow, PipelineRow, StageRow
from spm.services.intake import imports, uploads
from tests.builders import a_pipeline
from tests.conftest import NOW
from tests.web.imports.test_imports import deals, hand_in, operations, people, state, work_off

__all__ = ["operations", "people", "work_off"]

WorkOff = Callable[[], int]

GERMAN = (
    "Vorgangsnr.;Bezeichnung;Kundenname;Betreut von;Verkaufsphase;Ergebnis;Auftragswert netto;Erfasst am;"
    "Entscheidungsdatum;Bemerkung\r\n"
    "V-1;Pumpen;Müller GmbH;Ames, Ann;Angebot;gewonnen;1.234,50;03.02.2026;01.03.2026;eilig\r\n"
    "V-2;Ventile;Kohl KG;Bo Berg;Erstkontakt;läuft;99,00;04.02.2026;;\r\n"
    "V-3;Rohre;Kohl KG;Ames, Ann;Angebot;verloren;50,25;05.02.2026;28.02.2026;\r\n"
)


def fields(page: str) -> dict[str, str]:
    """What a page's selects and boxes say, by name."""
    found = {}
    for name, inside in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'<option selected value="([^"]*)"', inside)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def columns_at(client: FlaskClient, at: str) -> str:
    """The address of the page on which the first unknown table of an import is mapped."""
    match = re.search(rf'href="({at}/columns/[0-9]+)"', client.get(at).text)
    assert match is not None
    return match[1]


def mapped(client: FlaskClient, at: str, **changed: str) -> TestResponse:
    """Send the columns of a table as they are suggested, but for those that are changed."""
    return client.post(at, data={**fields(client.get(at).text), **changed})


def german(client: FlaskClient, work_off: WorkOff) -> str:
    """Hand in the German file and map its columns; return the import's address."""
    at = hand_in(client, vertrieb=GERMAN.encode("utf-16"))
    work_off()
    assert mapped(client, columns_at(client, at), column_3="owner").status_code == 303
    work_off()
    return at


def test_a_file_of_an_unknown_layout_waits_for_its_columns(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    at = hand_in(operations, vertrieb=GERMAN.encode("utf-16"))
    work_off()
    assert state(engine) == "mapping"
    assert "say which column is what" in operations.get(at).text
    page = operations.get(columns_at(operations, at)).text
    assert fields(page) == {
        "column_0": "key",
        "column_1": "name",
        "column_2": "account",
        "column_3": "",
        "column_4": "stage",
        "column_5": "status",
        "column_6": "amount",
        "column_7": "created",
        "column_8": "closed",
        "column_9": "",
    }
    assert "1 thing that is needed has no column yet." in page
    assert "Ames, Ann" in page
    assert "1.234,50" in page

    answer = mapped(operations, columns_at(operations, at))
    assert answer.status_code == 422
    assert "Something that is needed has no column yet." in answer.text
    assert deals(engine) == 0


def test_mapped_columns_are_looked_at_and_loaded(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    at = german(operations, work_off)
    page = operations.get(at).text
    assert "1 of 3 rows would be refused." in page  # läuft says neither open nor won nor lost
    assert "utf-16" in page
    assert deals(engine) == 0
    address = f"{at}/values?source={source(engine)}"
    page = operations.get(address).text
    sent = {**fields(page), value_place(page, "outcome", "läuft"): "open"}
    assert operations.post(address, data=sent).status_code == 303
    work_off()
    assert "All 3 rows can be loaded." in operations.get(at).text
    operations.post(f"{at}/load", data={})
    work_off()
    with Session(engine) as session:
        rows = session.execute(
            select(DealRow.name, DealRow.amount_minor, DealRow.closed_on).order_by(DealRow.name)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("Pumpen", 123_450, date(2026, 3, 1)),
        ("Rohre", 5_025, date(2026, 2, 28)),
        ("Ventile", 9_900, None),
    ]


def by_name_alone(session: Session, name: str) -> int:
    """Somebody of whom no e-mail address is known."""
    row = PersonRow(name=name, name_key=fold(name), created_at=NOW)
    session.add(row)
    session.flush()
    return row.id


def source(engine: Engine) -> str:
    with Session(engine) as session:
        row = session.scalars(select(ImportRow).order_by(ImportRow.id.desc())).first()
        assert row is not None
        return str(next(iter(row.options["layouts"])))


def value_place(page: str, what: str, value: str) -> str:
    """The name of the control of a value."""
    for name, words in re.findall(r'<select aria-label="([^"]*)"[^>]* name="([^"]+)"', page):
        label, control = unescape(name), words
        if control.startswith(what) and label.startswith(f"{value} "):
            return str(control)
    raise AssertionError(value)


def test_values_mean_what_is_said(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    with unit(engine, writes=True) as session:
        pipeline, _ = a_pipeline(session, "New business")
        pipeline_id = pipeline.id
        ann, *twins = (by_name_alone(session, name) for name in ("Ann Ames", "Bo Berg", "Bo Berg"))
    at = german(operations, work_off)
    address = f"{at}/values?source={source(engine)}&pipeline={pipeline_id}"
    page = operations.get(address).text
    assert "1 name leads to several people: say who is meant." in page
    assert "2 have this name: not clear, refused" in page
    assert f"Ann Ames · #{ann}" in page  # suggested for “Ames, Ann”
    sent = {
        **fields(page),
        value_place(page, "person", "Ames, Ann"): f"#{ann}",
        value_place(page, "outcome", "läuft"): "open",
        value_place(page, "stage", "Angebot"): stage_choice(page, "Proposal"),
        value_place(page, "stage", "Erstkontakt"): "open",
    }
    other = value_place(page, "person", "Bo Berg").replace("person", "other")
    assert (
        operations.post(address, data={**sent, other: f"Bo Berg · #{twins[1]}"}).status_code == 303
    )
    work_off()
    page = operations.get(at).text
    assert "All 3 rows can be loaded." in page
    assert operations.post(f"{at}/load", data={"remember": "Vertrieb"}).status_code == 303
    work_off()
    with Session(engine) as session:
        assert session.scalars(select(PipelineRow.name)).all() == ["New business"]
        rows = session.execute(
            select(
                DealRow.name,
                StageRow.name,
                DealRow.owner_id,
                DealRow.amount_minor,
                DealRow.closed_on,
            )
            .join(StageRow, StageRow.id == DealRow.stage_id)
            .order_by(DealRow.name)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("Pumpen", "Won", ann, 123_450, date(2026, 3, 1)),
            ("Rohre", "Lost", ann, 5_025, date(2026, 2, 28)),
            ("Ventile", "Erstkontakt", twins[1], 9_900, None),
        ]
        assert session.scalars(select(AccountRow.name).order_by(AccountRow.name)).all() == [
            "Kohl KG",
            "Müller GmbH",
        ]


def stage_choice(page: str, name: str) -> str:
    match = re.search(rf'<option value="(=[0-9]+)">{name}</option>', page)
    assert match is not None
    return str(match[1])


def test_a_mapping_that_was_kept_reads_the_next_file(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    at = german(operations, work_off)
    operations.post(f"{at}/load", data={"remember": "Vertrieb"})
    work_off()
    assert (state(engine), deals(engine)) == ("done", 2)

    columns = GERMAN.splitlines()[0].split(";")
    line = [
        "V-9",
        "Bleche",
        "Kohl KG",
        "Bo Berg",
        "Angebot",
        "gewonnen",
        "7,50",
        "01.02.2026",
        "02.03.2026",
        "",
    ]
    turned = "\n".join(";".join(reversed(cells)) for cells in (columns, line))
    at = hand_in(operations, april=turned)
    work_off()
    page = operations.get(at).text
    assert state(engine) == "checked"
    assert "All 1 rows can be loaded." in page
    operations.post(f"{at}/load", data={})
    work_off()
    assert deals(engine) == 3

    listed = operations.get("/imports/mappings").text
    assert "Vertrieb" in listed
    with Session(engine) as session:
        (kept,) = session.scalars(select(ImportMappingRow)).all()
    text = operations.get(f"/imports/mappings/{kept.id}/file")
    assert "attachment" in text.headers["Content-Disposition"]
    assert tomllib.loads(text.text)["id"] == kept.source
    assert parse(text.text, "mapping.toml").tables[0].kind.value == "deal"

    answer = operations.post(
        f"/imports/mappings/{kept.id}", data={"name": "Vertrieb Nord", "version": "1"}
    )
    assert answer.status_code == 303
    assert "Vertrieb Nord" in operations.get("/imports/mappings").text
    assert operations.post(f"/imports/mappings/{kept.id}/remove", data={}).status_code == 303
    assert "No mapping is kept yet" in operations.get("/imports/mappings").text
    with Session(engine) as session:
        acts = session.scalars(
            select(AuditEntryRow.act).where(AuditEntryRow.object == f"import-mapping:{kept.id}")
        ).all()
    assert acts == ["imports.map"] * 3

    at = hand_in(operations, mai=turned)
    work_off()
    assert state(engine) == "mapping"


def test_a_recognised_layout_is_corrected_the_same_way(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    text = "Deal ID,Deal Name,Owner,Stage,Status,Amount,Kick-off,Close Date\n1,A,Ann,Won,Won,10,2026-01-02,2026-02-03\n"
    at = hand_in(operations, export=text)
    work_off()
    page = operations.get(at).text
    assert state(engine) == "checked"
    assert "Kick-off" in page  # among the columns that are not used
    assert mapped(operations, columns_at(operations, at), column_6="created").status_code == 303
    work_off()
    assert operations.post(f"{at}/load", data={"remember": ""}).status_code == 303
    work_off()
    with Session(engine) as session:
        assert session.scalars(select(DealRow.opened_on)).all() == [date(2026, 1, 2)]
        assert session.scalars(select(ImportMappingRow)).all() == []


def test_a_workbook_with_a_title_is_read_from_the_line_that_is_said(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Quoten")
        for place, row in enumerate(
            [["Stand", "März"], ["Wer", "Zeitraum", "Soll"], ["Ann Ames", "2026-Q1", 9000.5]]
        ):
            sheet.write_row(place, 0, row)
    sent = {"files": [(io.BytesIO(buffer.getvalue()), "quoten.xlsx")]}
    at = operations.post("/imports/new", data=sent, content_type="multipart/form-data").location
    assert at is not None
    work_off()
    page = operations.get(at).text
    line = next(iter(re.findall(r'name="(heading_[0-9]+)"', page)))
    assert operations.post(f"{at}/look-again", data={line: "2"}).status_code == 303
    work_off()
    columns = columns_at(operations, at)
    assert "headings on line 2" in operations.get(columns).text
    answer = operations.get(f"{columns}?kind=target").text
    assert fields(answer) == {"column_0": "", "column_1": "period", "column_2": "value"}
    chosen = {"column_0": "person", "column_1": "period", "column_2": "value"}
    assert operations.post(f"{columns}?kind=target", data=chosen).status_code == 303
    work_off()
    assert "1 of 1 rows would be refused." in operations.get(at).text  # nobody is called Ann Ames


def until(holds: Callable[[], bool]) -> None:
    """Wait for something, not for ever."""
    deadline = monotonic() + 30
    while not holds() and monotonic() < deadline:
        sleep(0.02)


def test_work_is_stopped_and_nothing_of_it_kept(
    operations: FlaskClient,
    engine: Engine,
    app: Flask,
    work_off: WorkOff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The press comes from another thread while the work holds its one unit, on both databases."""
    teams = "sales_agent,manager,regional_office\n" + "".join(
        f"Ann {number},Mia Moor,North\n" for number in range(600)
    )
    at = hand_in(operations, teams=teams)
    work_off()
    assert operations.post(f"{at}/load", data={}).status_code == 303
    pressed: list[int] = []
    loaded = imports.load

    def slowly(*args: Any) -> Any:
        *first, progress, row = args

        def told(file: str, rows: int) -> None:
            if not pressed:
                pressed.append(0)
                thread = Thread(target=press)
                thread.start()
                until(lambda: is_to_stop(job_id))
            progress(file, rows)

        return cast("Any", loaded)(*first, told, row)

    def press() -> None:
        pressed[0] = operations.post(f"{at}/stop", data={}).status_code

    with Session(engine) as session:
        job_id = JobId(session.scalars(select(func.max(JobRow.id))).one() or 0)
    monkeypatch.setattr(uploads, "load", slowly)
    work_off()
    until(lambda: bool(pressed[0]))
    assert pressed == [303]
    assert state(engine) == "stopped"
    with Session(engine) as session:
        assert (
            session.scalars(select(PersonRow).where(PersonRow.name.startswith("Ann "))).all() == []
        )
    assert "Nothing of it was kept" in operations.get(at).text

    monkeypatch.undo()
    assert operations.post(f"{at}/look-again", data={}).status_code == 303
    work_off()
    assert "All 600 rows can be loaded." in operations.get(at).text


def test_work_that_was_over_cannot_be_stopped(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    at = hand_in(operations, deals="a;b\n1;2\n")
    work_off()
    assert operations.post(f"{at}/stop", data={}).status_code == 303
    assert state(engine) == "mapping"


def test_work_that_waits_is_stopped_before_it_begins(
    operations: FlaskClient, engine: Engine, work_off: WorkOff
) -> None:
    at = hand_in(operations, deals="a;b\n1;2\n")
    assert operations.post(f"{at}/stop", data={}).status_code == 303
    assert state(engine) == "stopped"
    assert work_off() == 0


def test_a_file_can_be_left_out(operations: FlaskClient, engine: Engine, work_off: WorkOff) -> None:
    at = hand_in(operations, vertrieb=GERMAN)
    work_off()
    columns = columns_at(operations, at)
    assert operations.post(f"{columns}/leave-out", data={}).status_code == 303
    work_off()
    assert state(engine) == "mapping"
    assert "left out" in operations.get(at).text
    assert operations.post(f"{at}/discard", data={}).status_code == 303
    assert state(engine) == "cancelled"


@pytest.mark.parametrize("path", ["/imports/mappings"])
def test_an_auditor_sees_mappings_and_changes_none(
    path: str, people: dict[str, int], client_of: Callable[[int], FlaskClient]
) -> None:
    auditor = client_of(people["auditor"])
    assert auditor.get(path).status_code == 200
    assert auditor.post("/imports/mappings/1/remove", data={}).status_code == 404
    rep = client_of(people["rep"])
    assert rep.get(path).status_code == 404
