"""Editing in the list, and what leaves it as a file."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import unescape

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.ids import DealId, PersonId, PipelineId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts
from spm.models.audit import AuditEntryRow
from spm.models.pipeline import DealRow
from spm.services.pipeline import deals
from spm.services.work import Work
from tests.builders import a_person, a_pipeline, an_organisation

ClientOf = Callable[[int], FlaskClient]
HOSTILE = ("=1+2", "+1", "-1", "@SUM(A1)", "＝1+2", "＋1", "－1", "＠x", "plain")


@dataclass
class House:
    people: dict[str, int]
    deals: list[DealId]
    stages: dict[str, int]


@pytest.fixture
def house(session: Session, work: Work) -> House:
    an_organisation(session)
    manager = a_person(session, "Mia Manager", Role.MANAGER)
    people = {
        "manager": manager,
        "rep": a_person(session, "Rita Rep", manager=manager),
        "auditor": a_person(session, "Abel", Role.AUDITOR),
        "other": a_person(session, "Otto"),
    }
    pipeline, stages = a_pipeline(session, "Sales")
    made = [
        deals.create(
            work,
            deals.NewDeal(
                Facts(name, "USD", amount=Money("USD", 100_050), next_step=name),
                PersonId(people["rep"].id),
                PipelineId(pipeline.id),
                None,
                date(2026, 11, 2),
            ),
        )
        for name in HOSTILE
    ]
    session.commit()
    return House(
        {who: person.id for who, person in people.items()},
        made,
        {name: row.id for name, row in stages.items()},
    )


def sent(page: str, marker: str) -> dict[str, str]:
    """The fields of the posting form that holds ``marker``, as a browser would send them."""
    form = next(
        found[0]
        for found in re.finditer(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
        if marker in found[0]
    )
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            fields[name[1]] = unescape(value[1]) if value else ""
    return fields


def test_one_fact_is_changed_in_its_cell(
    house: House, client_of: ClientOf, session: Session
) -> None:
    client = client_of(house.people["rep"])
    for fact, name, value in (
        ("amount", "amount", "2500"),
        ("close", "expected_close_on", "2026-12-24"),
        ("step", "next_step", "Call"),
    ):
        at = f"/deals/{house.deals[0]}/set/{fact}?back=/deals"
        cell = client.get(at, headers={"HX-Request": "true"}).text
        assert "<html" not in cell
        answer = client.post(at, data=sent(cell, name) | {name: value})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/deals")
    session.expire_all()
    row = session.get_one(DealRow, house.deals[0])
    assert (row.amount_minor, row.expected_close_on, row.next_step) == (
        250_000,
        date(2026, 12, 24),
        "Call",
    )


def test_a_cell_of_an_older_list_is_answered_with_both(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    at = f"/deals/{house.deals[0]}/set/step"
    old = sent(client.get(at).text, "next_step")
    new = sent(client.get(at).text, "next_step")
    assert client.post(at, data=new | {"next_step": "Theirs"}).status_code == 303
    answer = client.post(at, data=old | {"next_step": "Mine"})
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text


def test_a_fact_that_is_none_and_a_value_that_cannot_be_are_refused(
    house: House, client_of: ClientOf
) -> None:
    client = client_of(house.people["rep"])
    assert client.get(f"/deals/{house.deals[0]}/set/owner").status_code == 404
    at = f"/deals/{house.deals[0]}/set/amount"
    fields = sent(client.get(at).text, "amount")
    assert client.post(at, data=fields | {"amount": "1e5"}).status_code == 422
    assert client_of(house.people["auditor"]).get(at).status_code == 404
    assert client_of(house.people["other"]).get(at).status_code == 404


def many(session: Session, house: House, what: str, count: int = 2) -> str:
    session.expire_all()
    rows = [session.get_one(DealRow, deal_id) for deal_id in house.deals[:count]]
    chosen = "".join(f"&chosen={row.id}.{row.version}" for row in rows)
    session.commit()  # a snapshot that is kept open would hide what the product writes
    return f"/deals/bulk?what={what}&back=/deals{chosen}"


def test_ticked_deals_are_changed_in_one_act(
    house: House, client_of: ClientOf, session: Session
) -> None:
    client = client_of(house.people["rep"])
    at = many(session, house, "close")
    fields = sent(client.get(at).text, "expected_close_on") | {"expected_close_on": "2026-12-24"}
    first, again = client.post(at, data=fields), client.post(at, data=fields)
    assert [first.status_code, again.status_code] == [303, 303]
    assert "2 deals are changed." in client.get("/deals").text
    found = session.scalars(select(AuditEntryRow).where(AuditEntryRow.object == "deals:bulk")).all()
    assert len(found) == 1


def test_a_refused_row_is_named_with_its_reason(
    house: House, client_of: ClientOf, session: Session
) -> None:
    client = client_of(house.people["rep"])
    at = many(session, house, "step")
    fields = sent(client.get(at).text, "next_step") | {"next_step": "Together"}
    alone = f"/deals/{house.deals[1]}/set/step"
    client.post(alone, data=sent(client.get(alone).text, "next_step") | {"next_step": "Alone"})
    answer = client.post(at, data=fields)
    page = unescape(answer.text)
    assert answer.status_code == 200
    assert "1 deal is changed." in page
    assert "+1</bdi></a>:" in page
    session.expire_all()
    assert [session.get_one(DealRow, each).next_step for each in house.deals[:2]] == [
        "Together",
        "Alone",
    ]


@pytest.mark.parametrize(
    "query", ["what=amount", "chosen=1", "chosen=1.x", "chosen=-1.1", "x=1", "what=step&what=close"]
)
def test_a_strange_choice_is_refused(house: House, client_of: ClientOf, query: str) -> None:
    assert client_of(house.people["rep"]).get(f"/deals/bulk?{query}").status_code == 422


HEAD = [
    "Deal",
    "Account",
    "Owner",
    "Stage",
    "Amount",
    "Currency",
    "Expected close",
    "Next step",
    "Opened",
]


def test_a_csv_holds_what_is_shown_and_no_formula(house: House, client_of: ClientOf) -> None:
    answer = client_of(house.people["rep"]).get("/deals/export.csv?status=open&sort=name")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == HEAD
    assert len(rows) == len(HOSTILE) + 1
    texts = {cell for row in rows[1:] for cell in row}
    assert not [
        cell for cell in texts if cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    ]
    assert {row[0].removeprefix("'") for row in rows[1:]} == set(HOSTILE)
    assert {row[4] for row in rows[1:]} == {"1000.50"}


def test_a_workbook_holds_what_is_shown_and_no_formula(house: House, client_of: ClientOf) -> None:
    answer = client_of(house.people["rep"]).get("/deals/export.xlsx?status=&sort=name")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert list(rows[0]) == [*HEAD, "Closed"]
    assert {row[0] for row in rows[1:]} == set(HOSTILE)
    assert {row[4] for row in rows[1:]} == {1000.5}
    assert str(rows[1][8]) == "2026-11-02 00:00:00"


def test_each_export_is_written_down(house: House, client_of: ClientOf, session: Session) -> None:
    client = client_of(house.people["rep"])
    for kind in ("csv", "xlsx"):
        client.get(f"/deals/export.{kind}?status=open&q=plain")
    found = session.scalars(
        select(AuditEntryRow)
        .where(AuditEntryRow.object == "export:deals")
        .order_by(AuditEntryRow.id)
    ).all()
    said = {"question": "status=open&q=plain", "rows": 1, "people": [house.people["rep"]]}
    assert [entry.after for entry in found] == [{"kind": kind} | said for kind in ("csv", "xlsx")]


def test_a_file_holds_nothing_out_of_sight(house: House, client_of: ClientOf) -> None:
    for kind in ("csv", "xlsx"):
        answer = client_of(house.people["other"]).get(f"/deals/export.{kind}?status=")
        assert b"plain" not in answer.data
    assert ">plain<" not in client_of(house.people["other"]).get("/deals?status=").text
