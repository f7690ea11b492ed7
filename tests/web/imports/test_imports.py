"""Importing from a page, with the worker beside it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from spm.adapters.database import unit
from spm.domain.access import Role
from spm.jobs.table import worker
from spm.models.intake import ImportFileRow, ImportRow
from spm.models.jobs import JobRow
from spm.models.pipeline import DealRow
from tests.builders import a_person, an_organisation
from tests.conftest import NOW

TEAMS = "sales_agent,manager,regional_office\nAnn Ames,Mia Moor,North\n"
HEAD = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
DEALS = (
    HEAD
    + "D1,Ann Ames,MG One,Acme,Won,2017-01-10,2017-02-20,90\n"
    + "D2,Ann Ames,MG One,Acme,Won,2017-01-10,=cmd|calc,90\n"
)
PRODUCTS = "product,series,sales_price\nMG One,MG,50.50\n"


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    with unit(engine, writes=True) as session:
        an_organisation(session)
        return {
            "operations": a_person(session, "Olga Ops", Role.OPERATIONS).id,
            "rep": a_person(session, "Rita Rep").id,
            "auditor": a_person(session, "Aud Itor", Role.AUDITOR).id,
        }


@pytest.fixture
def operations(people: dict[str, int], client_of: Callable[[int], FlaskClient]) -> FlaskClient:
    return client_of(people["operations"])


@pytest.fixture
def work_off(engine: Engine, app: Flask) -> Callable[[], int]:
    """Do all the work that waits; returns how many pieces there were."""

    def run() -> int:
        here = worker(engine, lambda: NOW, Path(app.instance_path), timetable=None)
        count = 0
        while here.run_once():
            count += 1
        return count

    return run


def hand_in(client: FlaskClient, **files: str | bytes) -> str:
    """Hand files in; return the address of the import's page."""
    answer = send(client, **files)
    assert answer.status_code == 303
    assert answer.location is not None
    return answer.location


def send(client: FlaskClient, **files: str | bytes) -> TestResponse:
    sent = [
        (io.BytesIO(text if isinstance(text, bytes) else text.encode()), f"{name}.csv")
        for name, text in files.items()
    ]
    return client.post("/imports/new", data={"files": sent}, content_type="multipart/form-data")


def state(engine: Engine) -> str:
    with Session(engine) as session:
        return session.scalars(select(ImportRow.state).order_by(ImportRow.id.desc())).first() or ""


def deals(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(DealRow.id))) or 0


def test_files_are_looked_at_confirmed_and_loaded(
    operations: FlaskClient, engine: Engine, work_off: Callable[[], int]
) -> None:
    at = hand_in(operations, teams=TEAMS, deals=DEALS, products=PRODUCTS, other="a,b\n1,2\n")
    assert "Waiting for its turn" in operations.get(at).text
    assert "hx-get" in operations.get(f"{at}/progress").text

    assert work_off() == 1
    page = operations.get(at).text
    assert deals(engine) == 0
    assert "1 of 4 rows would be refused." in page
    assert "Opportunities with the dates of engagement and close" in page
    assert "other.csv" in page
    assert "=cmd|calc" in page
    assert "Load the good rows" in page
    over = operations.get(f"{at}/progress", headers={"HX-Request": "true"})
    assert over.headers["HX-Redirect"] == at

    assert operations.post(f"{at}/load", data={}).status_code == 303
    assert work_off() == 1
    assert (state(engine), deals(engine)) == ("done", 1)
    page = operations.get(at).text
    assert "What happened" in page
    assert "4 rows were read, 1 refused." in page
    listed = operations.get("/imports").text
    assert "Olga Ops" in listed
    assert "teams.csv, deals.csv, products.csv, other.csv" in listed


def test_files_that_are_sent_twice_are_one_import(operations: FlaskClient, engine: Engine) -> None:
    def sent() -> TestResponse:
        files = [
            (io.BytesIO(text.encode()), name) for name, text in (("a.csv", DEALS), ("b.csv", TEAMS))
        ]
        data = {"files": files, "once": "one-and-only"}
        return operations.post("/imports/new", data=data, content_type="multipart/form-data")

    first, second = sent(), sent()
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    with Session(engine) as session:
        assert session.scalar(select(func.count(ImportRow.id))) == 1


def test_row_errors_are_a_file_that_no_spreadsheet_runs(
    operations: FlaskClient, work_off: Callable[[], int]
) -> None:
    at = hand_in(operations, deals=DEALS, teams=TEAMS)
    work_off()
    answer = operations.get(f"{at}/errors.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()
    assert lines[0] == "File,Line,Column,Value,Reason,Refused,Rows"
    assert lines[1].startswith("deals.csv,3,close_date,'=cmd|calc,")


def test_what_was_read_by_a_layout_that_nobody_verified_says_so(
    operations: FlaskClient, work_off: Callable[[], int]
) -> None:
    at = hand_in(operations, guessed="Owner,Stage,Value,ID\nAnn Ames,Talks,90,7\n", teams=TEAMS)
    work_off()
    page = operations.get(at).text
    assert page.count("layout not verified") == 1
    assert "No layout lists this stage" in page


def test_formats_can_be_overridden(
    operations: FlaskClient, engine: Engine, work_off: Callable[[], int]
) -> None:
    text = HEAD + "D1,Ann Ames,MG One,Acme,Won,03/04/2017,05/06/2017,90\n"
    at = hand_in(operations, deals=text)
    work_off()
    page = operations.get(at).text
    assert "check the formats" in page
    assert "month, day, year, recognised" in page
    with Session(engine) as session:
        (file_id,) = session.scalars(select(ImportFileRow.id))
    answer = operations.post(
        f"{at}/look-again", data={f"order_{file_id}": "dmy", "amounts_in": "eur"}
    )
    assert answer.status_code == 303
    assert state(engine) == "uploaded"
    work_off()
    page = operations.get(at).text
    assert "check the formats" not in page
    assert "day, month, year" in page
    assert "year, recognised" not in page, "what was said was not recognised"
    operations.post(f"{at}/load", data={})
    work_off()
    with Session(engine) as session:
        row = session.scalars(select(DealRow)).one()
        assert (str(row.closed_on), row.currency) == ("2017-06-05", "EUR")


def test_a_file_that_cannot_be_read_keeps_everything_out_where_that_was_asked(
    operations: FlaskClient, engine: Engine, work_off: Callable[[], int]
) -> None:
    twice = (
        HEAD.replace("\n", ",close_value\n")
        + "D2,Ann Ames,MG One,Acme,Won,2017-01-02,2017-02-03,9,9\n"
    )
    at = hand_in(operations, products=PRODUCTS, deals=twice)
    work_off()
    assert "a needed column occurs twice" in operations.get(at).text
    operations.post(f"{at}/load", data={"is_all_or_nothing": "y"})
    work_off()
    assert "A file could not be read, and nothing was to be loaded then." in operations.get(at).text
    assert deals(engine) == 0


def test_a_currency_that_is_none_is_refused(
    operations: FlaskClient, work_off: Callable[[], int]
) -> None:
    at = hand_in(operations, deals=DEALS)
    work_off()
    answer = operations.post(f"{at}/look-again", data={"amounts_in": "XYZ"})
    assert answer.status_code == 422


def test_confirming_twice_loads_once(
    operations: FlaskClient, engine: Engine, work_off: Callable[[], int]
) -> None:
    at = hand_in(operations, deals=DEALS)
    work_off()
    answers = [operations.post(f"{at}/load", data={}).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert work_off() == 1
    assert deals(engine) == 1


def test_all_or_nothing_loads_nothing_and_says_so(
    operations: FlaskClient, engine: Engine, work_off: Callable[[], int]
) -> None:
    at = hand_in(operations, deals=DEALS)
    work_off()
    operations.post(f"{at}/load", data={"is_all_or_nothing": "y"})
    work_off()
    assert (state(engine), deals(engine)) == ("failed", 0)
    assert "Rows were refused, and nothing was to be loaded then." in operations.get(at).text


def test_a_discarded_import_leaves_no_file(
    operations: FlaskClient, engine: Engine, app: Flask, work_off: Callable[[], int]
) -> None:
    at = hand_in(operations, deals=DEALS)
    folder = Path(app.instance_path) / "uploads"
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]
    work_off()
    operations.post(f"{at}/discard", data={})
    assert state(engine) == "cancelled"
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "No known layout fits: hostile.csv."),
        (b"\x00" * 50, "hostile.csv cannot be read: it is neither a text nor a workbook."),
        (b"PK\x03\x04broken", "hostile.csv cannot be read: it is not a workbook, or a broken one."),
        (b'"unclosed\n', "No known layout fits: hostile.csv."),
        (b"\xff\xfe\x00", "hostile.csv cannot be read: it is not all written in one encoding."),
    ],
)
def test_a_hostile_file_ends_in_words(
    operations: FlaskClient, engine: Engine, work_off: Callable[[], int], content: bytes, words: str
) -> None:
    at = hand_in(operations, hostile=content)
    assert work_off() == 1
    assert state(engine) == "failed"
    assert words in operations.get(at).text


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b.csv", "x" * 400, "", "\u202egpj.csv"])
def test_a_hostile_name_is_only_a_name(
    operations: FlaskClient, work_off: Callable[[], int], name: str
) -> None:
    data = {"files": [(io.BytesIO(DEALS.encode()), name)]}
    answer = operations.post("/imports/new", data=data, content_type="multipart/form-data")
    if answer.status_code == 303:
        at = answer.location or ""
        work_off()
        assert operations.get(at).status_code == 200
        assert operations.get("/imports").status_code == 200
    else:
        assert answer.status_code == 422


def test_nothing_sent_is_refused(operations: FlaskClient) -> None:
    answer = operations.post("/imports/new", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.text


def test_only_operations_import_and_auditors_read(
    people: dict[str, int],
    operations: FlaskClient,
    client_of: Callable[[int], FlaskClient],
    work_off: Callable[[], int],
) -> None:
    at = hand_in(operations, deals=DEALS)
    work_off()
    rep, auditor = client_of(people["rep"]), client_of(people["auditor"])
    assert rep.get("/imports").status_code == 404
    assert rep.get(at).status_code == 404
    assert auditor.get(at).status_code == 200
    assert auditor.get(f"{at}/errors.csv").status_code == 200
    for path in ("/imports/new", f"{at}/load", f"{at}/look-again", f"{at}/discard"):
        assert auditor.post(path, data={}).status_code == 404
        assert rep.post(path, data={}).status_code == 404
    assert "Load the" not in auditor.get(at).text
    assert operations.get("/imports/99999").status_code == 404


def test_a_job_is_done_with_the_rights_of_now(
    operations: FlaskClient,
    people: dict[str, int],
    engine: Engine,
    work_off: Callable[[], int],
) -> None:
    from spm.models.organisation import RoleGrantRow

    at = hand_in(operations, deals=DEALS)
    work_off()
    operations.post(f"{at}/load", data={})
    with unit(engine, writes=True) as session:
        session.query(RoleGrantRow).filter_by(person_id=people["operations"]).delete()
    work_off()
    assert (state(engine), deals(engine)) == ("failed", 0)


def test_work_that_breaks_off_is_tried_again_and_parked(
    operations: FlaskClient, engine: Engine, app: Flask
) -> None:
    hand_in(operations, deals=DEALS)
    for path in (Path(app.instance_path) / "uploads").iterdir():
        path.unlink()
    here = worker(engine, lambda: NOW, Path(app.instance_path), timetable=None)
    tries = 0
    while here.run_once():
        tries += 1
    assert tries in {1, 5}
    assert state(engine) == "failed"
    with Session(engine) as session:
        assert session.scalars(select(JobRow.state)).one() in {"done", "parked"}


def test_a_large_body_is_taken_from_people_who_are_signed_in_only(
    operations: FlaskClient, client: FlaskClient, app: Flask
) -> None:
    head = b'--cut\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    body = head + HEAD.encode() + b"x" * (3 << 20) + b"\r\n--cut--\r\n"

    def post(browser: FlaskClient) -> int:
        kind = "multipart/form-data; boundary=cut"
        return browser.post("/imports/new", data=body, content_type=kind).status_code

    assert post(operations) == 303
    assert post(client) in {303, 413}
    assert len(list((Path(app.instance_path) / "uploads").iterdir())) == 1
