"""The pages of the metrics, and the explanation of a figure."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.domain.access import Role
from spm.domain.metrics.registry import METRICS, Basis, MetricId
from spm.i18n.labels import label
from spm.models.organisation import MembershipRow, OrganisationRow, PersonRow
from spm.models.pipeline import DealStateRow
from tests import builders

Browser = Callable[[int], FlaskClient]
ADDRESS = "/figures/explain?metric=won_revenue&period=2026-Q4&rep="


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """A manager, a rep of his who won 1,234.50, another rep, and an executive."""
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        boss = builders.a_person(session, "Yūko Hayashi", Role.MANAGER)
        rep = builders.a_person(session, "Ірина <Ткач>", manager=boss)
        other = builders.a_person(session, "김하늘")
        executive = builders.a_person(session, "Ada Grey", Role.EXECUTIVE)
        _won(session, rep)
        return {"boss": boss.id, "rep": rep.id, "other": other.id, "executive": executive.id}


def _won(session: Session, rep: PersonRow) -> None:
    _, stages = builders.a_pipeline(session)
    deal = builders.a_deal(session, rep, stages["Won"], amount_minor=123_450, name="Big <one>")
    session.add(
        DealStateRow(
            deal_id=deal.id,
            from_at=datetime(2026, 11, 3, tzinfo=UTC),
            to_at=datetime(9999, 12, 31, tzinfo=UTC),
            is_dated=True,
            pipeline_id=deal.pipeline_id,
            stage_id=deal.stage_id,
            stage_kind="won",
            owner_id=rep.id,
            credited_owner_id=rep.id,
            amount_minor=123_450,
            currency="USD",
            opened_on=date(2026, 11, 1),
            closed_on=date(2026, 11, 3),
        )
    )


def test_the_list_names_every_metric(client_of: Browser, people: dict[str, int]) -> None:
    text = client_of(people["other"]).get("/metrics").get_data(as_text=True)
    for metric in METRICS.values():
        assert f">{metric.label}</a>" in text


@pytest.mark.parametrize("name", list(METRICS))
def test_each_definition_has_its_page(
    client_of: Browser, people: dict[str, int], name: MetricId
) -> None:
    answer = client_of(people["other"]).get(f"/metrics/{name}")
    assert answer.status_code == 200
    assert METRICS[name].formula in answer.get_data(as_text=True)


def test_an_unknown_metric_is_not_found(client_of: Browser, people: dict[str, int]) -> None:
    browser = client_of(people["other"])
    assert browser.get("/metrics/revenue").status_code == 404
    assert browser.get("/figures/explain").status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("rep", 200), ("boss", 200), ("executive", 200), ("other", 404)]
)
def test_a_figure_is_explained_to_whoever_may_see_it(
    client_of: Browser, people: dict[str, int], who: str, status: int
) -> None:
    answer = client_of(people[who]).get(f"{ADDRESS}{people['rep']}")
    assert answer.status_code == status
    text = answer.get_data(as_text=True)
    assert ("$1,234.50" in text) is (status == 200)
    assert ("Big &lt;one&gt;" in text) is (status == 200)


def test_somebody_unknown_and_somebody_out_of_sight_answer_alike(
    client_of: Browser, people: dict[str, int]
) -> None:
    browser = client_of(people["other"])
    hidden, missing = (browser.get(f"{ADDRESS}{key}") for key in (people["rep"], 999_999))
    assert hidden.status_code == missing.status_code == 404

    def said(page: bytes) -> bytes:
        """What the page says, without the number of the request."""
        return re.sub(rb"[0-9a-f-]{36}", b"", page.split(b"<main")[1].split(b"</main>")[0])

    assert said(hidden.data) == said(missing.data)


@pytest.mark.parametrize(
    "query",
    [
        "metric=win_rate&period=2026&by=month",
        "metric=sales_cycle_days&period=2026-11",
        "metric=sales_velocity",
        "metric=open_deals&by=rep&as_of=2026-11-01",
        "metric=won_revenue&from=2026-11-01&to=2026-12-01&by=rep",
        "metric=win_rate&period=2020",
    ],
)
def test_every_kind_of_figure_has_its_page(
    client_of: Browser, people: dict[str, int], query: str
) -> None:
    answer = client_of(people["executive"]).get(f"/figures/explain?{query}")
    assert answer.status_code == 200


def test_a_refusal_speaks_of_a_metric_by_its_name(
    client_of: Browser, people: dict[str, int]
) -> None:
    answer = client_of(people["rep"]).get("/figures/explain?metric=won_revenue")
    assert answer.status_code == 422
    assert "Won revenue is taken over a period" in answer.text
    assert "won_revenue is" not in answer.text


def test_a_question_that_cannot_be_asked_is_answered_with_its_reason(
    client_of: Browser, people: dict[str, int]
) -> None:
    answer = client_of(people["executive"]).get("/figures/explain?metric=won_revenue")
    assert answer.status_code == 422


def test_a_page_gets_the_card_alone_and_without_scripts_it_is_a_page(
    client_of: Browser, people: dict[str, int]
) -> None:
    browser, address = client_of(people["rep"]), f"{ADDRESS}{people['rep']}"
    card = browser.get(address, headers={"HX-Request": "true"})
    page = browser.get(address)
    assert "HX-Request" in card.headers["Vary"]
    assert "<html" not in card.text
    assert "<html" in page.text
    for text in (card.text, page.text):
        assert METRICS[MetricId.WON_REVENUE].formula in text
        assert "$1,234.50" in text
        assert "Big &lt;one&gt;" in text
    hidden = client_of(people["other"]).get(address, headers={"HX-Request": "true"})
    assert hidden.status_code == 404


def test_a_rate_over_few_cases_says_so_by_the_organisation_s_own_measure(
    client_of: Browser, people: dict[str, int], engine: Engine
) -> None:
    browser = client_of(people["rep"])
    address = ADDRESS.replace("won_revenue", "win_rate") + str(people["rep"])
    assert "Over 1 cases only; a rate needs 10 to be more than a hint." in browser.get(address).text
    with unit(engine, writes=True) as session:
        session.get_one(OrganisationRow, 1).minimum_n = 1
    assert "to be more than a hint" not in browser.get(address).text


def test_an_address_says_whether_a_team_is_as_it_was_or_as_it_is_now(
    client_of: Browser, people: dict[str, int], engine: Engine
) -> None:
    with unit(engine, writes=True) as session:
        rep = session.get_one(PersonRow, people["rep"])
        team = builders.a_team(session, "North", rep)
        member = session.scalars(select(MembershipRow)).one()
        member.start_on = date(2026, 11, 10)
        number = team.id
    browser = client_of(people["executive"])
    address = ADDRESS.replace("rep=", "team=") + str(number)
    was, now = browser.get(address).text, browser.get(f"{address}&teams=now").text
    assert "as it was" in was
    assert "$1,234.50" not in was
    assert "as it is now" in now
    assert "$1,234.50" in now


def test_a_conversion_offers_each_way_of_counting_it_on_its_card_and_page(
    client_of: Browser, people: dict[str, int]
) -> None:
    browser = client_of(people["executive"])
    address = "/figures/explain?metric=stage_conversion&by=stage&period=2026"
    for headers in ({}, {"HX-Request": "true"}):
        text = browser.get(f"{address}&basis=strict", headers=headers).text
        assert f">{label(Basis.STRICT)}</a>" in text
        assert METRICS[MetricId.STAGE_CONVERSION].formula_on(Basis.STRICT) in text
        for basis in ("furthest", "any-order"):
            assert re.search(rf'href="[^"]*basis={basis}"', text)
