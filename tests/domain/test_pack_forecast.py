"""The forecast of a pack: each deal once, and together what stands above."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.money import Money
from spm.domain.packs.choice import sections_between
from spm.domain.packs.content import Deals, Decision
from spm.domain.packs.forecast import Forecast, forecast_lines
from spm.domain.pipeline.forecast import Category, category_of
from tests.reports import samples

DEALS = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.none() | st.integers(0, 10**10).map(lambda minor: Money("EUR", minor)),
    )
)


@pytest.mark.parametrize(
    ("probability_bp", "category"),
    [
        (10_000, Category.COMMIT),
        (7_000, Category.COMMIT),
        (6_999, Category.BEST_CASE),
        (4_000, Category.BEST_CASE),
        (3_999, Category.PIPELINE),
        (0, Category.PIPELINE),
    ],
)
def test_the_stage_sets_the_category(probability_bp: int, category: Category) -> None:
    assert category_of(probability_bp) is category


def test_a_forecast_adds_each_line_to_those_above() -> None:
    """Won 40 k; 10 k at 75 %, 20 k at 50 %, 100 k at 10 % and one unpriced; the target is 100 k."""
    euros = [(7_500, 10_000), (5_000, 20_000), (1_000, 100_000)]
    deals = [(bp, Money("EUR", amount * 100)) for bp, amount in euros]
    lines = forecast_lines([*deals, (1_000, None)], "EUR")
    forecast = Forecast(
        "2026-Q4", Money("EUR", 4_000_000), 3, lines, target=Money("EUR", 10_000_000)
    )

    said = [(one.category, one.deals, one.unpriced, one.worth.minor) for one in lines]
    assert said == [
        ("commit", 1, 0, 1_000_000),
        ("best-case", 1, 0, 2_000_000),
        ("pipeline", 2, 1, 10_000_000),
    ]
    assert [one.weighted.minor for one in lines] == [750_000, 1_000_000, 1_000_000]
    assert [one.minor for one in forecast.together] == [5_000_000, 7_000_000, 17_000_000]
    shares = [forecast.share(one) for one in forecast.together]
    assert shares == [Decimal("0.5"), Decimal("0.7"), Decimal("1.7")]


@given(deals=DEALS, won=st.integers(0, 10**10))
def test_every_deal_stands_in_one_line(deals: list[tuple[int, Money | None]], won: int) -> None:
    lines = forecast_lines(deals, "EUR")
    worth = sum(amount.minor for _bp, amount in deals if amount is not None)
    assert sum(one.deals for one in lines) == len(deals)
    assert sum(one.worth.minor for one in lines) == worth
    forecast = Forecast("2026-Q4", Money("EUR", won), 0, lines)
    assert forecast.together[-1].minor == won + worth
    assert all(0 <= one.weighted.minor <= one.worth.minor for one in lines)
    assert forecast.share(forecast.together[-1]) is None


def test_what_is_won_in_several_currencies_is_added_to_nothing() -> None:
    assert Forecast("2026-Q4", None, 2, forecast_lines([], "EUR")).together == ()


def test_a_new_issue_says_which_other_sections_differ() -> None:
    before = samples.content(forecasts=(Forecast("2026-Q4", None, 0, ()),))
    after = replace(before, won=Deals(), decisions=(Decision("Another"),), team="Elsewhere")
    assert sections_between(before, before) == ()
    assert sections_between(before, after) == ("won", "decisions")


def test_what_an_older_release_did_not_write_is_no_change() -> None:
    before = samples.content()
    after = replace(before, forecasts=(Forecast("2026-Q4", None, 0, ()),))
    assert sections_between(before, after) == ()
