"""Periods: half-open, named, tiling; the as-of instant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.period import (
    EVER,
    NEVER,
    AsOf,
    Period,
    PeriodKind,
    PeriodUnknown,
    business_date,
    containing,
    covers,
    midnight,
    name_of,
    of_dates,
    parse,
    parts,
    previous,
)

days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
kinds = st.sampled_from([kind for kind in PeriodKind if kind is not PeriodKind.CUSTOM])
starts = st.integers(1, 12)


@pytest.mark.parametrize(
    ("text", "fiscal_start", "start", "end"),
    [
        ("2017", 7, "2017-01-01", "2018-01-01"),
        ("2017-Q4", 7, "2017-10-01", "2018-01-01"),
        ("2017-H1", 1, "2017-01-01", "2017-07-01"),
        ("2017-11", 1, "2017-11-01", "2017-12-01"),
        ("2017-12", 1, "2017-12-01", "2018-01-01"),
        ("2017-W46", 1, "2017-11-13", "2017-11-20"),
        ("2020-W53", 1, "2020-12-28", "2021-01-04"),
        ("2020-W01", 1, "2019-12-30", "2020-01-06"),
        ("2020-02-29", 1, "2020-02-29", "2020-03-01"),
        ("FY2019", 7, "2018-07-01", "2019-07-01"),
        ("FY2019", 1, "2019-01-01", "2020-01-01"),
        ("FY2019-Q2", 7, "2018-10-01", "2019-01-01"),
        ("FY2019-Q4", 2, "2018-11-01", "2019-02-01"),
        ("FY2019-H2", 4, "2018-10-01", "2019-04-01"),
    ],
)
def test_a_name_is_its_dates(text: str, fiscal_start: int, start: str, end: str) -> None:
    named = parse(text, fiscal_start)
    assert (named.period.start.isoformat(), named.period.end.isoformat()) == (start, end)
    assert named.name == text
    assert named.is_fiscal == text.startswith("FY")


@pytest.mark.parametrize(
    "text",
    ["", "17", "2017-13", "2017-00", "2017-Q5", "2017-W54", "2021-W53", "2017-W00", "FY2017-11", "FY2017-W01",
     "2017-02-30", "0000", "9999", "９０１７", "2017-q4", " 2017", "2017\n", "2017-Q", "FY", "0001-W00", "x" * 99],
)  # fmt: skip
def test_any_other_name_is_refused(text: str) -> None:
    with pytest.raises(PeriodUnknown):
        parse(text)


@pytest.mark.parametrize(
    ("text", "n", "before"),
    [
        ("2017-Q1", 1, "2016-Q4"),
        ("2017-03", 1, "2017-02"),
        ("2017-03", -10, "2018-01"),
        ("2021-W01", 1, "2020-W53"),
        ("FY2019-Q1", 1, "FY2018-Q4"),
        ("FY2019-H1", 2, "FY2018-H1"),
        ("FY2019", 1, "FY2018"),
        ("2020-03-01", 1, "2020-02-29"),
    ],
)
def test_the_previous_period_is_of_the_same_kind(text: str, n: int, before: str) -> None:
    assert previous(parse(text, 7), n) == parse(before, 7)


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        (date(2017, 2, 1), date(2017, 4, 1), "2016-12-01..2017-02-01"),
        (date(2017, 2, 3), date(2017, 2, 10), "2017-01-27..2017-02-03"),
    ],
)
def test_the_period_before_a_custom_one_ends_where_it_starts(
    start: date, end: date, before: str
) -> None:
    assert previous(of_dates(Period(start, end))).name == before


@given(day=days, kind=kinds, fiscal_start=starts)
def test_a_period_holds_its_day_and_reads_back(
    day: date, kind: PeriodKind, fiscal_start: int
) -> None:
    named = containing(day, kind, fiscal_start)
    assert day in named.period
    assert named.kind is kind
    assert parse(named.name, fiscal_start) == named
    assert name_of(named.period, fiscal_start) == named.name


@given(day=days, kind=kinds, fiscal_start=starts, n=st.integers(1, 30))
def test_periods_follow_each_other_without_gap(
    day: date, kind: PeriodKind, fiscal_start: int, n: int
) -> None:
    named = containing(day, kind, fiscal_start)
    assert previous(named).period.end == named.period.start
    assert previous(previous(named, n), -n) == named


@given(start=days, length=st.integers(1, 2000), kind=kinds, fiscal_start=starts)
def test_parts_tile_the_period(
    start: date, length: int, kind: PeriodKind, fiscal_start: int
) -> None:
    period = Period(start, start + timedelta(days=length))
    pieces = parts(period, kind, fiscal_start)
    assert sum(piece.days for piece in pieces) == period.days
    assert [piece.end for piece in pieces[:-1]] == [piece.start for piece in pieces[1:]]
    assert (pieces[0].start, pieces[-1].end) == (period.start, period.end)
    assert period.months() == parts(period, PeriodKind.MONTH)


@given(start=days, length=st.integers(1, 2000), fiscal_start=starts)
def test_any_dates_have_a_name(start: date, length: int, fiscal_start: int) -> None:
    named = of_dates(Period(start, start + timedelta(days=length)), fiscal_start)
    if named.kind is PeriodKind.CUSTOM:
        assert named.name == f"{named.period.start}..{named.period.end}"
    else:
        assert parse(named.name, fiscal_start).period == named.period


def test_a_period_ends_after_it_starts() -> None:
    with pytest.raises(PeriodUnknown):
        Period(date(2020, 1, 1), date(2020, 1, 1))


def test_the_last_day_is_inside_and_the_end_is_not() -> None:
    period = parse("2017-Q4").period
    assert period.last_day == date(2017, 12, 31)
    assert period.last_day in period
    assert period.end not in period


def test_a_period_past_the_calendar_is_refused() -> None:
    with pytest.raises(PeriodUnknown):
        containing(date.max, PeriodKind.YEAR)
    with pytest.raises(PeriodUnknown):
        previous(parse("0001"))
    with pytest.raises(PeriodUnknown):
        containing(date(2020, 1, 1), PeriodKind.CUSTOM)


@pytest.mark.parametrize(
    ("start_on", "end_on", "is_covered"),
    [
        (EVER, NEVER, True),
        (date(2020, 1, 1), NEVER, True),
        (EVER, date(2020, 1, 1), False),
        (date(2020, 1, 2), NEVER, False),
    ],
)
def test_a_fact_holds_from_its_start_until_before_its_end(
    start_on: date, end_on: date, is_covered: bool
) -> None:
    assert covers(start_on, end_on, date(2020, 1, 1)) is is_covered


def test_as_of_a_date_counts_all_of_that_day_in_the_organisations_zone() -> None:
    new_york = ZoneInfo("America/New_York")
    as_of = AsOf.of_date(date(2017, 3, 31), new_york)
    assert as_of.cutoff == datetime(2017, 4, 1, 4, tzinfo=UTC)
    assert as_of.day(new_york) == date(2017, 3, 31)


def test_as_of_an_instant_counts_it() -> None:
    instant = datetime(2017, 3, 31, 12, tzinfo=UTC)
    assert instant < AsOf.at(instant).cutoff
    assert AsOf.at(instant).day(UTC) == date(2017, 3, 31)


ZONES = ["UTC", "America/New_York", "Asia/Tokyo", "Asia/Seoul", "Europe/Kyiv", "America/Sao_Paulo",
         "Asia/Beirut", "Pacific/Apia", "America/Havana", "Africa/Cairo"]  # fmt: skip


@given(day=st.dates(date(1990, 1, 1), date(2037, 1, 1)), zone=st.sampled_from(ZONES))
def test_a_day_begins_at_its_first_instant_even_where_the_clock_changes_at_midnight(
    day: date, zone: str
) -> None:
    if (zone, day) == ("Pacific/Apia", date(2011, 12, 30)):
        return  # the day that Samoa left out
    begin = midnight(day, ZoneInfo(zone))
    assert business_date(begin, ZoneInfo(zone)) == day
    assert business_date(begin - timedelta(microseconds=1), ZoneInfo(zone)) < day


def test_an_instant_without_an_offset_is_refused() -> None:
    naive = datetime(2020, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="offset"):
        AsOf(naive)
    with pytest.raises(ValueError, match="offset"):
        business_date(naive, UTC)
