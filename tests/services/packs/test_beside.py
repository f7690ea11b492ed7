"""What a pack shows of the team, of the forecast, and of the deals that were decided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from spm.domain.access import Role
from spm.domain.ids import KpiId, PersonId, TeamId
from spm.domain.money import Money
from spm.domain.packs.comparison import Share, StageTime, TeamMedian
from spm.domain.packs.content import PackContent
from spm.domain.period import parse
from spm.domain.targets.target import Owner
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealRow
from spm.services.packs import default_as_of, draft_pack
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.targets.targets import set_target
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW

Q4 = parse("2026-Q4")
OPENED = date(2026, 10, 1)
WorkAs = Callable[[int], Work]
STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation")


@dataclass
class House:
    """A team of seven under a manager; NOW is the 18th of November 2026."""

    work: Work

    def __post_init__(self) -> None:
        session = self.work.session
        builders.an_organisation(session)
        self.boss = builders.a_person(session, "Марія Boss", Role.MANAGER)
        names = ("髙橋", "Ann", "Bo", "Cyd", "Dee", "Eve", "Flo")
        self.people = [builders.a_person(session, name, manager=self.boss) for name in names]
        self.rep = self.people[0]
        self.team = builders.a_team(session, "North", *self.people, head=self.boss)
        _, self.stages = builders.a_pipeline(session, "House")
        for stage, days in zip(STAGES, (14, 21, None, 10), strict=True):
            self.stages[stage].expected_days = days
        self.revenue = ensure_won_revenue_kpi(session, NOW)

    def deal(
        self,
        stage: str,
        owner: PersonRow | None = None,
        *,
        minor: int | None = 100_000,
        closed_on: date | None = None,
        opened_on: date = OPENED,
        past: str = "",
        **facts: Any,
    ) -> DealRow:
        names = list(self.stages)
        reached = names[: names.index(past or stage) + 1]
        expected_on = facts.pop("expected_on", None)
        row = builders.a_dated_deal(
            self.work.session,
            owner or self.rep,
            self.stages[stage],
            opened_on=opened_on,
            closed_on=closed_on,
            amount_minor=minor,
            expected_close_on=expected_on,
            reached=tuple(self.stages[name] for name in reached),
        )
        for name, value in facts.items():
            setattr(row, name, value)
        self.work.session.flush()
        return row

    def won(self, *minors: int) -> None:
        """A deal won by each of the people, the rep first."""
        for person, minor in zip(self.people, minors, strict=False):
            self.deal("Won", person, minor=minor, closed_on=date(2026, 10, 20))

    def draft(self, owner: Owner | None = None) -> PackContent:
        whose = owner or Owner(person_id=PersonId(self.rep.id))
        return draft_pack(self.work, whose, Q4, default_as_of(self.work, Q4))


@pytest.fixture
def house(work: Work) -> House:
    return House(work)


def test_the_teams_median_stands_beside_a_person(house: House) -> None:
    """100, 200, 300, 400, 512.34, 600 and 0 (Flo won nothing): the middle of seven is 300."""
    house.won(10_000, 20_000, 30_000, 40_000, 51_234, 60_000)
    content = house.draft()

    assert content.headline is not None
    assert content.headline.median == TeamMedian(Decimal(300), 7)
    sizes = {one.metric: one.median for one in content.figures}
    # Flo has no average: the middle of six is (300 + 400) ÷ 2.
    assert sizes["average_deal_size"] == TeamMedian(Decimal(350), 6)
    # Everybody won one but Flo: 1, six times, and 0.
    assert sizes["won_deals"] == TeamMedian(Decimal(1), 7)


def test_no_median_is_told_of_a_small_team(house: House) -> None:
    """Four colleagues have an average, and five would have to."""
    house.won(10_000, 20_000, 30_000, 40_000, 50_000)
    medians = {one.metric: one.median for one in house.draft().figures}

    assert medians["average_deal_size"] == TeamMedian(None, 5)


def test_a_colleagues_exact_figure_is_not_in_a_pack(house: House) -> None:
    house.won(10_001, 21_234, 32_345, 43_456, 54_567, 65_678, 76_789)
    said = str(house.draft().to_json())

    assert not [figure for figure in ("212.34", "323.45", "434.56", "545.67") if figure in said]
    assert not [name for name in ("Ann", "Bo", "Cyd", "Dee", "Eve", "Flo") if f"'{name}" in said]


def test_a_teams_pack_has_no_median(house: House) -> None:
    house.won(10_000, 20_000, 30_000, 40_000, 50_000, 60_000)
    content = house.draft(Owner(team_id=TeamId(house.team.id)))

    medians = {kpi.median for kpi in content.kpis} | {figure.median for figure in content.figures}
    assert medians == {None}


def test_the_teams_rate_is_that_of_enough_deals_of_enough_people(house: House) -> None:
    """Of twelve decided at prospecting, two a person of six, nine went on: 75 %."""
    for place, person in enumerate(house.people[:6]):
        house.deal("Proposal", person)
        if place < 3:
            house.deal("Lost", person, closed_on=date(2026, 10, 9), past="Prospecting")
        else:
            house.deal("Qualification", person)
    (ladder,) = house.draft().ladders

    rates = {one.stage: one.team for one in ladder.passages}
    assert rates["Prospecting"] == Decimal("0.75")
    assert rates["Qualification"] is None  # six decided are too few


def test_open_deals_that_stay_too_long_are_counted(house: House) -> None:
    """On 18 November, 48 days after 1 October and 8 after the 10th of November."""
    house.deal("Prospecting")
    house.deal("Prospecting", opened_on=date(2026, 11, 10))
    house.deal("Proposal")
    content = house.draft()

    days = sorted((one.stage, one.days_in_stage, one.is_stale) for one in content.open.named)
    assert days == [
        ("Proposal", 48, False),  # nobody said how long
        ("Prospecting", 8, False),
        ("Prospecting", 48, True),
    ]
    assert content.hygiene.stale == 1
    (ladder,) = content.ladders
    assert [(one.stage, one.open, one.stale) for one in ladder.times] == [
        ("Prospecting", 2, 1),
        ("Qualification", 0, 0),
        ("Proposal", 1, None),
        ("Negotiation", 0, 0),
    ]
    assert isinstance(ladder.times[0], StageTime)


def _lines(content: PackContent, place: int) -> Sequence[tuple[str, int, int]]:
    return [(one.category, one.deals, one.worth.minor) for one in content.forecasts[place].lines]


def test_the_forecast_holds_this_period_and_the_next(house: House) -> None:
    """Stages of the house: 10 %, 25 %, 50 % and 75 %; 1 k is won of a target of 10 k."""
    for minor, stage, day in (
        (200_000, "Negotiation", date(2026, 12, 1)),
        (300_000, "Proposal", date(2026, 12, 31)),
        (50_000, "Qualification", date(2027, 1, 1)),
        (None, "Proposal", date(2027, 3, 31)),
        (70_000, "Prospecting", date(2027, 4, 1)),
    ):
        house.deal(stage, minor=minor, expected_on=day)
    house.deal("Won", closed_on=date(2026, 10, 9))
    about = Owner(person_id=PersonId(house.rep.id))
    set_target(
        house.work, KpiId(house.revenue), about, Q4, value=Decimal(10_000), rationale="As agreed"
    )
    content = house.draft()

    assert [one.period for one in content.forecasts] == ["2026-Q4", "2027-Q1"]
    assert _lines(content, 0) == [
        ("commit", 1, 200_000),
        ("best-case", 1, 300_000),
        ("pipeline", 0, 0),
    ]
    assert _lines(content, 1) == [("commit", 0, 0), ("best-case", 1, 0), ("pipeline", 1, 50_000)]
    now, coming = content.forecasts
    assert (now.won, now.won_deals) == (Money("USD", 100_000), 1)
    assert now.target == Money("USD", 1_000_000)
    # 5,000 open ÷ 9,000 missing; one of one was won in twelve months.
    assert now.coverage == pytest.approx(Decimal(5) / 9)
    assert now.needed == 1
    assert [one.minor for one in now.together] == [300_000, 600_000, 600_000]
    assert (coming.won, coming.target, coming.coverage) == (Money("USD", 0), None, None)


def test_a_period_that_is_over_has_no_forecast_of_its_own(house: House) -> None:
    named = parse("2026-Q3")
    about = Owner(person_id=PersonId(house.rep.id))
    content = draft_pack(house.work, about, named, default_as_of(house.work, named))

    assert [one.period for one in content.forecasts] == ["2026-Q4"]


def test_decided_deals_say_what_they_share_and_teach(house: House) -> None:
    lens = builders.a_product(house.work.session, "Lens")
    closed = date(2026, 10, 9)
    house.deal("Won", closed_on=closed, minor=500, product_id=lens.id, lead_source="Referral")
    house.deal("Lost", closed_on=closed, minor=300, loss_reason="Price", lead_source="Referral")
    house.deal("Lost", closed_on=closed, minor=900, loss_reason="Price", loss_notes="Ask sooner.")
    house.deal("Lost", closed_on=closed, minor=None, loss_reason="Timing", loss_notes="Wait.")
    house.deal("Lost", closed_on=date(2026, 9, 30), loss_reason="Timing", loss_notes="Before.")
    content = house.draft()

    assert [(one.amount, one.words, one.notes) for one in content.lessons] == [
        (Money("USD", 900), "Price", "Ask sooner."),
        (None, "Timing", "Wait."),
    ]
    assert content.shares == (
        Share("reason", "Price", 0, 2, Money("USD", 1_200)),
        Share("reason", "Timing", 0, 1, None),
        Share("source", "Referral", 1, 1, Money("USD", 500)),
        Share("source", "", 0, 2, None),
        Share("product", "Lens", 1, 0, Money("USD", 500)),
        Share("product", "", 0, 3, None),
    )


def test_the_commonest_are_named_and_the_rest_counted(house: House) -> None:
    closed = date(2026, 10, 9)
    for reason in "AABCDEF":
        house.deal("Lost", closed_on=closed, minor=100, loss_reason=reason)
    shares = [one for one in house.draft().shares if one.kind == "reason"]

    assert [(one.name, one.lost, one.is_rest) for one in shares] == [
        ("A", 2, False),
        ("B", 1, False),
        ("C", 1, False),
        ("D", 1, False),
        ("E", 1, False),
        ("", 1, True),
    ]
