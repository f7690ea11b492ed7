"""The page of what changed: each bar opens into its deals."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.domain.access import Role
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealEventRow, DealRow, DealStateRow, StageRow
from tests import builders
from tests.conftest import NOW

Browser = Callable[[int], FlaskClient]


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """A manager of a team of two; one of the deals belongs to somebody who is not led."""
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        boss = builders.a_person(session, "Boss", Role.MANAGER)
        rep = builders.a_person(session, "Rita <Rep>", manager=boss)
        gone = builders.a_person(session, "Gone")
        builders.a_team(session, "West", rep, gone, head=boss)
        operations = builders.a_person(session, "Olga", Role.OPERATIONS)
        _, stages = builders.a_pipeline(session)
        stage = stages["Proposal"]
        old, new = date(2026, 10, 1), date(2026, 11, 16)
        builders.a_dated_deal(session, rep, stage, opened_on=old, amount_minor=70_000)
        builders.a_dated_deal(session, rep, stage, opened_on=new, amount_minor=25_000)
        builders.a_dated_deal(session, gone, stage, opened_on=new, amount_minor=None)
        found = {"boss": boss, "rep": rep, "gone": gone, "operations": operations}
        return {name: person.id for name, person in found.items()}


def text_of(browser: FlaskClient, address: str) -> str:
    response = browser.get(address, follow_redirects=True)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_everybody_is_led_to_his_own(client_of: Browser, people: dict[str, int]) -> None:
    assert "What changed: <bdi>West" in text_of(client_of(people["boss"]), "/waterfall")
    assert "Rita &lt;Rep&gt;" in text_of(client_of(people["rep"]), "/waterfall?since=2026-11-01")
    assert "Example" in text_of(client_of(people["operations"]), "/waterfall")


def test_a_bar_opens_into_its_deals_as_far_as_they_may_be_seen(
    client_of: Browser, people: dict[str, int]
) -> None:
    boss = client_of(people["boss"])
    text = text_of(boss, "/waterfall?since=2026-11-11&cause=new&currency=USD")
    for said in ("$700.00", "+$250.00", "$950.00", "Rita &lt;Rep&gt;"):
        assert said in text, said
    assert "1 deal counts here but is out of your sight." in text
    olga = client_of(people["operations"])
    text = text_of(olga, "/waterfall/organisation?since=2026-11-11&cause=new&currency=USD")
    assert "out of your sight" not in text
    assert "Gone" in text


def test_the_deals_of_a_period_only(client_of: Browser, people: dict[str, int]) -> None:
    text = text_of(client_of(people["boss"]), "/waterfall?closing=2026-Q4")
    assert "Nothing was open, and nothing came." in text


def test_what_was_pushed_and_what_slipped_open_into_their_deals(
    engine: Engine, client_of: Browser, people: dict[str, int]
) -> None:
    """One deal of Q3 is pushed into Q4 before it is over, one stays where it was and is still open."""
    with unit(engine, writes=True) as session:
        rep = session.get_one(PersonRow, people["rep"])
        stage = session.scalars(select(StageRow).where(StageRow.name == "Proposal")).one()
        before, after = date(2026, 9, 20), date(2026, 11, 30)
        for name, dates in (("Late riser", (before, after)), ("Sleeper", (before,))):
            deal = builders.a_dated_deal(
                session, rep, stage, opened_on=date(2026, 5, 4), expected_close_on=before
            )
            deal.name = name
            states = session.scalars(select(DealStateRow).where(DealStateRow.deal_id == deal.id))
            state = states.one()
            for on, expected in zip((date(2026, 5, 4), date(2026, 9, 15)), dates, strict=False):
                a_date_of_close(session, deal, on, expected)
            if len(dates) > 1:
                push(session, state, date(2026, 9, 15), after)
    boss = client_of(people["boss"])
    address = "/waterfall/people/" + str(people["rep"]) + "?closing=2026-Q3&since=2026-09-01"
    page = text_of(boss, address)
    assert "late=pushed" in page
    assert "late=slipped" in page
    pushed = opened(text_of(boss, address + "&late=pushed"))
    assert "Late riser" in pushed
    assert "Sleeper" not in pushed
    slipped = opened(text_of(boss, address + "&late=slipped"))
    assert "Late riser" in slipped
    assert "Sleeper" in slipped
    assert "2 of 2 deals" in page


def opened(page: str) -> str:
    """The part of a page that lists the deals behind what was opened."""
    return page[page.index('id="deals"') : page.index("Slippage")]


def a_date_of_close(session: Session, deal: DealRow, on: date, expected: date) -> None:
    session.add(
        DealEventRow(
            deal_id=deal.id,
            kind="created" if on == deal.opened_on else "close_date",
            occurred_at=datetime.combine(on, time(), UTC),
            occurred_on=on,
            recorded_at=NOW,
            expected_close_on=expected,
        )
    )


def push(session: Session, state: DealStateRow, on: date, expected: date) -> None:
    """From that day on the deal is expected to close later."""
    at = datetime.combine(on, time(), UTC)
    facts = {
        column.name: getattr(state, column.name)
        for column in DealStateRow.__table__.columns
        if column.name != "id"
    }
    state.to_at = at
    later = facts | {"from_at": at, "expected_close_on": expected}
    session.add(DealStateRow(**later))


@pytest.mark.parametrize(
    "query",
    ["since=yesterday", "cause=magic", "closing=2026-Q9", "sort=amount", "as_of=2026-02-30"],
)
def test_what_the_page_does_not_know_is_refused(
    client_of: Browser, people: dict[str, int], query: str
) -> None:
    address = f"/waterfall/people/{people['rep']}?{query}"
    assert client_of(people["rep"]).get(address).status_code == 422


@pytest.mark.parametrize(
    ("who", "address", "status"),
    [
        ("rep", "/waterfall/people/{boss}", 404),
        ("rep", "/waterfall/teams/1", 404),
        ("rep", "/waterfall/organisation", 404),
        ("boss", "/waterfall/organisation", 303),
        ("boss", "/waterfall/people/{rep}", 200),
        ("boss", "/waterfall/people/{gone}", 404),
        ("operations", "/waterfall/people/999999", 404),
    ],
)
def test_a_pipeline_is_there_for_those_who_may_see_it(
    client_of: Browser, people: dict[str, int], who: str, address: str, status: int
) -> None:
    assert client_of(people[who]).get(address.format(**people)).status_code == status
