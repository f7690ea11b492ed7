"""The page of what changed: each bar opens into its deals."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from spm.adapters.database import unit
from spm.domain.access import Role
from tests import builders

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
