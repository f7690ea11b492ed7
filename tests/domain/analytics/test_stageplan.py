"""What a target takes of each stage."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.analytics.stageplan import (
    PRIOR,
    backwards,
    conversion,
    deals_for,
    latest_entry,
    mean_size,
    shares,
    shrunk,
    whole,
)
from spm.domain.metrics.figure import Reading
from spm.domain.metrics.registry import Unit
from spm.domain.period import Period

RATES = st.decimals("0.01", 1, places=4)
GOALS = st.decimals("0.01", 10_000, places=2)


def share(above: int, below: int) -> Reading:
    value = Decimal(above) / below if below else None
    return Reading(
        unit=Unit.RATIO,
        value=value,
        numerator=Decimal(above),
        denominator=Decimal(below),
        n=below,
    )


def test_few_own_deals_are_drawn_to_the_team_and_many_are_not() -> None:
    """2 of 4 beside a quarter: (2 + 2.5) ÷ (4 + 10); 200 of 400: (200 + 2.5) ÷ (400 + 10)."""
    quarter = share(250, 1_000)
    few, many = shrunk(share(2, 4), quarter), shrunk(share(200, 400), quarter)
    assert few is not None
    assert many is not None
    assert round(few, 6) == Decimal("0.321429")
    assert round(many, 6) == Decimal("0.493902")


def test_without_own_deals_it_is_the_team_s_and_without_a_team_the_own() -> None:
    assert shrunk(share(0, 0), share(1, 4)) == Decimal("0.25")
    assert shrunk(share(1, 4), None) == Decimal("0.25")
    assert shrunk(share(1, 4), share(0, 0)) == Decimal("0.25")
    assert conversion(share(0, 0), None).used is None


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(1, 500))
def test_a_shrunk_rate_lies_between_the_own_and_the_team_s(
    won: int, lost: int, team_won: int, team_lost: int
) -> None:
    own, team = share(won, won + lost), share(team_won, team_won + team_lost)
    used = shrunk(own, team)
    assert used is not None
    assert team.value is not None
    bounds = [team.value, team.value if own.value is None else own.value]
    assert min(bounds) - Decimal("1e-20") <= used <= max(bounds) + Decimal("1e-20")
    assert PRIOR == 10


def test_a_share_of_the_won_deals_is_shrunk_as_a_rate_is() -> None:
    """6 of 10 beside a team's half: (6 + 5) ÷ (10 + 10)."""
    found = shares({"new": 6, "again": 4}, {"new": 20, "again": 20, "elsewhere": 9})
    assert found == {"new": Decimal("0.55"), "again": Decimal("0.45")}
    assert shares({"new": 3, "again": 1}, None) == {
        "new": Decimal("0.75"),
        "again": Decimal("0.25"),
    }
    assert shares({"new": 0, "again": 0}, {"again": 2}) == {"new": 0, "again": 1}
    assert shares({"new": 0}, {}) == {"new": None}


@given(
    st.dictionaries(st.integers(0, 5), st.integers(0, 500), min_size=1),
    st.one_of(st.none(), st.dictionaries(st.integers(0, 5), st.integers(0, 500))),
    GOALS,
    st.lists(st.decimals(1, 10_000, places=2), min_size=6, max_size=6),
)
def test_what_the_pipelines_take_adds_up_to_the_target(
    own: dict[int, int], team: dict[int, int] | None, target: Decimal, sizes: list[Decimal]
) -> None:
    known = shares(own, team)
    if None in known.values():
        assert set(known.values()) == {None}
        return
    parts = {key: share for key, share in known.items() if share is not None}
    assert abs(sum(parts.values(), Decimal(0)) - 1) < Decimal("1e-20")
    size = mean_size(parts, dict(enumerate(sizes)))
    deals = deals_for(target, size)
    assert deals is not None
    worth = sum((deals * share * sizes[key] for key, share in parts.items()), Decimal(0))
    assert abs(worth - target) <= target * Decimal("1e-18")


def test_a_pipeline_of_unknown_size_leaves_the_whole_unknown() -> None:
    half = Decimal("0.5")
    assert mean_size({"new": half, "again": half}, {"new": Decimal(100), "again": None}) is None
    assert mean_size({"new": Decimal(1), "again": Decimal(0)}, {"new": Decimal(100)}) == 100


def test_a_goal_is_worked_back_stage_by_stage() -> None:
    """6 wins at 60 % take 10 negotiations, at 50 % 20 proposals, at 40 % 50 qualified deals."""
    rates = [Decimal("0.4"), Decimal("0.5"), Decimal("0.6")]
    assert [whole(one) for one in backwards(Decimal(6), rates)] == [50, 20, 10]


@given(GOALS, st.lists(RATES, max_size=6))
def test_no_stage_needs_fewer_than_the_next_and_their_rates_lead_to_the_goal(
    goal: Decimal, rates: list[Decimal]
) -> None:
    needed = [one for one in backwards(goal, rates) if one is not None]
    assert len(needed) == len(rates)
    chain = [*needed, goal]
    for here, after, rate in zip(chain, chain[1:], rates, strict=False):
        assert here >= after
        assert abs(here * rate - after) <= after * Decimal("1e-20")
    for exact in needed:
        rounded = whole(exact)
        assert rounded is not None
        assert rounded >= round(exact, 9)
        assert rounded - exact < 1


@given(GOALS, st.lists(RATES, min_size=1, max_size=6))
def test_twice_the_goal_takes_twice_the_deals(goal: Decimal, rates: list[Decimal]) -> None:
    once, twice = backwards(goal, rates), backwards(goal * 2, rates)
    for one, two in zip(once, twice, strict=True):
        assert one is not None
        assert two is not None
        assert abs(two - 2 * one) <= two * Decimal("1e-20")


def test_a_stage_of_unknown_rate_and_all_before_it_have_no_number() -> None:
    rates = [Decimal("0.5"), None, Decimal("0.5")]
    assert backwards(Decimal(4), rates) == (None, None, Decimal(8))
    assert backwards(Decimal(4), [Decimal(0)]) == (None,)
    assert whole(None) is None


def test_a_division_without_end_does_not_ask_for_one_deal_more() -> None:
    third = Decimal(1) / Decimal(3)
    (needed,) = backwards(Decimal(1), [third])
    assert whole(needed) == 3


@pytest.mark.parametrize(("size", "deals"), [("2500", 40), (None, None), ("0", None)])
def test_money_is_turned_into_deals_by_their_average(size: str | None, deals: int | None) -> None:
    assert deals_for(Decimal(100_000), None if size is None else Decimal(size)) == deals


@pytest.mark.parametrize(
    ("days", "by"),
    [("31", date(2026, 11, 30)), ("30.5", date(2026, 11, 30)), ("0", date(2026, 12, 31))],
)
def test_the_latest_entry_leaves_the_days_to_the_end_of_the_period(days: str, by: date) -> None:
    quarter = Period(date(2026, 10, 1), date(2027, 1, 1))
    assert latest_entry(quarter, Decimal(days)) == by
    assert latest_entry(quarter, None) is None
