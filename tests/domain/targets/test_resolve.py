"""The target of any period from those that were set."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.period import Period, parse
from spm.domain.targets.resolve import NoTarget, Resolved, Rule, Span, prorated_by_days, resolve
from spm.domain.workdays import Calendar

WEEKDAYS = Calendar(frozenset())


def span(name: str, value: int, currency: str | None = "USD") -> Span:
    return Span(parse(name).period, Decimal(value), currency)


def found(name: str, *spans: Span, is_additive: bool = True) -> Resolved:
    return resolve(parse(name).period, spans, WEEKDAYS, is_additive=is_additive)


def test_the_one_set_for_exactly_the_period_wins() -> None:
    result = found("2017-Q4", span("2017-10", 1), span("2017-Q4", 300), span("2017", 900))
    assert (result.value, result.rule, result.gaps) == (Decimal(300), Rule.EXACT, ())


def test_months_add_up_and_the_missing_one_is_named() -> None:
    result = found("2017-Q3", span("2017-08", 20), span("2017-09", 30))
    assert (result.value, result.currency, result.rule) == (Decimal(50), "USD", Rule.SUM)
    assert result.gaps == (parse("2017-07").period,)


def test_a_gap_of_several_months_is_named_month_by_month() -> None:
    result = found("FY2018", span("2018-Q1", 90), span("2018-05", 9))
    assert result.missing == ("2018-04", *(f"2018-{month:02}" for month in range(6, 13)))
    asked = Period(date(2017, 7, 10), date(2017, 9, 1))
    covered = Span(Period(date(2017, 8, 15), date(2017, 9, 1)), Decimal(1), "USD")
    assert resolve(asked, [covered], WEEKDAYS).missing == (
        "2017-07-10..2017-08-01",
        "2017-08-01..2017-08-15",
    )


def test_the_finest_come_first_and_a_coarser_one_only_where_there_is_none() -> None:
    result = found(
        "2017",
        span("2017-Q1", 90),
        span("2017-Q2", 95),
        span("2017-04", 30),
        span("2017-05", 31),
        span("2017-H2", 200),
    )
    assert result.value == Decimal(90 + 30 + 31 + 200)
    assert result.gaps == (parse("2017-06").period,)
    assert [part.span.value for part in result.parts] == [90, 30, 31, 200]


def test_a_cut_target_is_prorated_by_working_days() -> None:
    quarter = found("2026-11", span("2026-Q4", 660))
    assert quarter.rule is Rule.PRORATED
    assert quarter.value == Decimal(660) * 21 / 66
    cut = resolve(
        Period(date(2026, 10, 1), date(2026, 11, 14)),
        (span("2026-10", 100), span("2026-11", 210)),
        WEEKDAYS,
    )
    assert cut.value is not None
    assert cut.value.quantize(Decimal("0.000001")) == Decimal(100) + Decimal(100)
    assert cut.gaps == ()


def test_a_weekend_without_a_working_day_is_prorated_by_days() -> None:
    sunday = Period(date(2026, 11, 1), date(2026, 11, 2))
    weekend = Span(Period(date(2026, 10, 31), date(2026, 11, 2)), Decimal(10))
    assert resolve(sunday, (weekend,), WEEKDAYS).value == Decimal(5)


def test_without_any_there_is_no_target_and_the_whole_is_a_gap() -> None:
    result = found("2017-Q4", span("2017-Q3", 1))
    assert (result.value, result.reason) == (None, NoTarget.NO_TARGET)
    assert result.gaps == (parse("2017-Q4").period,)


def test_currencies_are_never_added() -> None:
    result = found("2017-Q3", span("2017-08", 20), span("2017-09", 30, "EUR"))
    assert (result.value, result.reason) == (None, NoTarget.MIXED_CURRENCIES)


@pytest.mark.parametrize(
    ("asked", "value", "rule", "reason"),
    [
        ("2017-Q4", 30, Rule.EXACT, None),
        ("2017-11", 30, Rule.CONTAINING, None),
        ("2017-07", 25, Rule.CONTAINING, None),
        ("2016", None, None, NoTarget.NO_TARGET),
        ("2017-H2", 25, Rule.CONTAINING, None),
    ],
)
def test_a_rate_is_never_added_up(
    asked: str, value: int | None, rule: Rule | None, reason: NoTarget | None
) -> None:
    result = found(asked, span("2017-Q4", 30, None), span("2017", 25, None), is_additive=False)
    assert (result.value, result.rule, result.reason) == (value, rule, reason)


def test_parts_of_a_rate_are_no_target_of_the_whole() -> None:
    result = found("2017", span("2017-Q4", 30, None), is_additive=False)
    assert (result.value, result.reason) == (None, NoTarget.NOT_ADDITIVE)


def test_a_membership_is_prorated_by_calendar_days() -> None:
    year = parse("2026").period
    part = Period(date(2026, 1, 1), date(2026, 3, 2))
    assert prorated_by_days(Decimal(146_000), part, year) == Decimal(24_000)
    assert prorated_by_days(Decimal(1), parse("2025").period, year) == 0


def test_who_belonged_for_a_part_has_a_part_of_what_adds_up_and_all_of_a_rate() -> None:
    year, part = parse("2026").period, Period(date(2026, 1, 1), date(2026, 3, 2))
    whole = [Span(year, Decimal(146_000))]
    assert resolve(year, whole, WEEKDAYS, share=part).value == Decimal(24_000)
    assert resolve(year, whole, WEEKDAYS, share=part, is_additive=False).value == Decimal(146_000)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 120)), max_size=12))
def test_parts_and_gaps_tile_the_period(bounds: list[tuple[int, int]]) -> None:
    asked = parse("2026-Q3").period
    first = date(2026, 3, 1).toordinal()
    spans = [
        Span(Period(date.fromordinal(first + a), date.fromordinal(first + a + n)), Decimal(1))
        for a, n in bounds
    ]
    result = resolve(asked, spans, WEEKDAYS)
    days = [0] * asked.days
    for piece in [part.span.period for part in result.parts] + list(result.gaps):
        for day in range(piece.start.toordinal(), piece.end.toordinal()):
            if date.fromordinal(day) in asked:
                days[day - asked.start.toordinal()] += 1
    assert set(days) == {1}
