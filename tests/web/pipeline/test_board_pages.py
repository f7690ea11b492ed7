"""The board's page: strict questions, nothing out of sight, and a move that is taken back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.ids import DealId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts, Move
from spm.models.pipeline import DealRow, PipelineRow
from spm.services.pipeline import deals
from spm.services.work import Work
from tests.builders import a_person, a_pipeline, an_organisation

ClientOf = Callable[[int], FlaskClient]


@dataclass
class House:
    people: dict[str, int]
    deals: dict[str, DealId]
    stages: dict[str, int]


@pytest.fixture
def house(session: Session, work: Work) -> House:
    an_organisation(session)
    manager = a_person(session, "Mia Manager", Role.MANAGER)
    people = {
        "manager": manager,
        "rep": a_person(session, "Rita Rep", manager=manager),
        "other": a_person(session, "Otto Other"),
        "administrator": a_person(session, "Ada", Role.ADMINISTRATOR),
    }
    pipeline, stages = a_pipeline(session, "Sales")
    made = {
        who: deals.create(
            work,
            deals.NewDeal(
                Facts(f"Plan of {who}", "USD", amount=Money("USD", 12_345_00)),
                PersonId(people[who].id),
                PipelineId(pipeline.id),
                None,
                date(2026, 11, 2),
            ),
        )
        for who in ("rep", "other")
    }
    session.commit()
    return House(
        {who: person.id for who, person in people.items()},
        made,
        {name: row.id for name, row in stages.items()},
    )


def test_it_shows_what_is_in_sight(house: House, client_of: ClientOf) -> None:
    for who, seen, hidden in (
        ("rep", "Plan of rep", "Plan of other"),
        ("manager", "Plan of rep", "Plan of other"),
        ("other", "Plan of other", "Plan of rep"),
    ):
        page = client_of(house.people[who]).get("/deals/board").text
        assert seen in page
        assert hidden not in page
        assert "$24,690" not in page
    asked = f"/deals/board?owner={house.people['other']}"
    assert "Plan of" not in client_of(house.people["rep"]).get(asked).text


def test_whoever_sells_comes_to_their_own_board_and_may_look_at_all(
    house: House, client_of: ClientOf, session: Session, work: Work
) -> None:
    new = deals.NewDeal(
        Facts("Plan of manager", "USD"),
        PersonId(house.people["manager"]),
        PipelineId(session.scalars(select(PipelineRow.id)).one()),
        None,
        date(2026, 11, 2),
    )
    deals.create(work, new)
    session.commit()
    client = client_of(house.people["manager"])
    more = f"more={house.stages['Prospecting']}"
    for query, shows_all in (
        ("", False),
        (more, False),
        ("owner=", True),
        (f"owner=&{more}", True),
    ):
        page = client.get(f"/deals/board?{query}").text
        assert "Plan of manager" in page
        assert ("Plan of rep" in page) == shows_all, query


@pytest.mark.parametrize(
    "query",
    [
        "sort=name",
        "pipeline=0",
        "owner=me",
        "concern=rich",
        "amount_from=1e9",
        "amount_from=-1",
        "amount_from=5&amount_to=4",
        "expected_from=2026-13-01",
        "expected_from=2026-12-02&expected_to=2026-12-01",
        "more=all",
        "owner=1&owner=2",
        "loss_reason=x",
    ],
)
def test_an_unknown_question_is_refused(house: House, client_of: ClientOf, query: str) -> None:
    assert client_of(house.people["rep"]).get(f"/deals/board?{query}").status_code == 422


def test_a_pipeline_that_is_not_there_is_not_found(house: House, client_of: ClientOf) -> None:
    answer = client_of(house.people["rep"]).get("/deals/board?pipeline=999999")
    assert answer.status_code == 404


def fields_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that posts to ``action``."""
    form = next(
        found[0]
        for found in re.finditer(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
        if action in unescape(found[0])
    )
    pairs = re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', form)
    return {name: unescape(value) for name, value in pairs}


def moved(client: FlaskClient, house: House) -> str:
    """Move the rep's deal on from the board; return the page that follows."""
    at = f"/deals/{house.deals['rep']}/move?stage={house.stages['Proposal']}&back=/deals/board"
    sent = fields_of(client.get(at).text, 'name="on"')
    answer = client.post(at, data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/deals/board")
    return client.get("/deals/board").text


def test_a_move_is_taken_back_once(house: House, client_of: ClientOf, session: Session) -> None:
    client = client_of(house.people["rep"])
    page = moved(client, house)
    undo = f"/deals/{house.deals['rep']}/undo-move"
    sent = fields_of(page, undo)
    first = client.post(f"{undo}?back=/deals/board", data=sent)
    again = client.post(f"{undo}?back=/deals/board", data=sent)
    assert (first.status_code, again.status_code) == (303, 303)
    session.expire_all()
    row = session.get_one(DealRow, house.deals["rep"])
    assert row.stage_id == house.stages["Prospecting"]
    fresh = client.post(undo, data=sent | {"once": "another"})
    assert fresh.status_code == 409


def test_an_undo_of_what_has_changed_since_changes_nothing(
    house: House, client_of: ClientOf, session: Session
) -> None:
    client = client_of(house.people["rep"])
    undo = f"/deals/{house.deals['rep']}/undo-move"
    sent = fields_of(moved(client, house), undo)
    at = f"/deals/{house.deals['rep']}/move?stage={house.stages['Negotiation']}"
    assert client.post(at, data=fields_of(client.get(at).text, 'name="on"')).status_code == 303
    assert client.post(undo, data=sent).status_code == 409
    session.expire_all()
    row = session.get_one(DealRow, house.deals["rep"])
    assert row.stage_id == house.stages["Negotiation"]


def test_a_drop_on_an_old_board_is_answered_with_both(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    at = f"/deals/{house.deals['rep']}/move?stage={house.stages['Negotiation']}"
    old = fields_of(client.get(at, headers={"HX-Request": "true"}).text, 'name="on"')
    moved(client, house)
    answer = client.post(at, data=old)
    assert answer.status_code == 409
    assert "Proposal" in answer.text
    assert "Negotiation" in answer.text


def test_nobody_is_led_elsewhere_after_a_move(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    at = (
        f"/deals/{house.deals['rep']}/move?stage={house.stages['Proposal']}"
        "&back=//elsewhere.example/"
    )
    answer = client.post(at, data=fields_of(client.get(at).text, 'name="on"'))
    assert answer.headers["Location"] == f"/deals/{house.deals['rep']}"


def test_a_column_opens_what_it_comes_to_under_the_same_filter(
    house: House, client_of: ClientOf, work: Work, session: Session
) -> None:
    """Decided deals are on the board for some days only: its card says from when, and counts those."""
    won = house.stages["Won"]
    for on in (date(2026, 2, 2), date(2026, 11, 10)):
        made = deals.create(
            work,
            deals.NewDeal(
                Facts(f"Order of {on}", "USD", amount=Money("USD", 100_00)),
                PersonId(house.people["rep"]),
                PipelineId(session.scalars(select(PipelineRow.id)).one()),
                None,
                on,
            ),
        )
        row = session.get_one(DealRow, made)
        deals.move(
            work, made, Move(StageId(won), on, None, "They signed at once", ""), version=row.version
        )
    session.commit()
    browser = client_of(house.people["rep"])
    board = browser.get("/deals/board").text
    column = board.split(f'id="stage-{won}"')[1].split("</header>")[0]
    (address,) = set(re.findall(r'href="(/deals/sum[^"]*)"', column))
    assert re.findall(r">(\d+)</a>", column) == ["1"]
    card = browser.get(unescape(address), headers={"HX-Request": "true"}).text
    assert "<html" not in card
    assert "Order of 2026-11-10" in card
    assert "Order of 2026-02-02" not in card
    assert "$100" in card
    page = browser.get(unescape(address)).text
    assert "<html" in page
    assert f'href="/deals?stage={won}' in page


def test_what_a_list_comes_to_counts_nothing_out_of_sight(
    house: House, client_of: ClientOf
) -> None:
    for who, hidden in (("rep", "Plan of other"), ("other", "Plan of rep")):
        page = client_of(house.people[who]).get("/deals/sum?status=open").text
        assert hidden not in page
        assert "$12,345" in page
    assert "Plan of" not in client_of(house.people["administrator"]).get("/deals/sum").text
    assert client_of(house.people["rep"]).get("/deals/sum?colour=red").status_code == 422
    narrowed = f"/deals/sum?owner={house.people['other']}"
    assert "Plan of" not in client_of(house.people["rep"]).get(narrowed).text
