"""Working days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.period import Period, parse
from spm.domain.workdays import Calendar

days = st.dates(date(1990, 1, 1), date(2050, 1, 1))
calendars = st.builds(
    Calendar,
    st.frozensets(st.dates(date(2019, 1, 1), date(2022, 1, 1)), max_size=30),
    st.frozensets(st.integers(0, 6), max_size=7),
)


@given(
    calendar=calendars,
    start=st.dates(date(2018, 6, 1), date(2022, 6, 1)),
    length=st.integers(-5, 400),
)
def test_the_count_is_the_days_one_by_one(calendar: Calendar, start: date, length: int) -> None:
    one_by_one = sum(
        day.weekday() not in calendar.weekend and day not in calendar.holidays
        for day in (start + timedelta(days=i) for i in range(length))
    )
    assert calendar.count(start, start + timedelta(days=length)) == one_by_one


@pytest.mark.parametrize(
    ("as_of", "share"),
    # September 2017 has 21 weekdays; the 1st is a Friday, the 30th a Saturday.
    [
        ("2017-08-31", Decimal(0)),
        ("2017-09-01", Decimal(1) / 21),
        ("2017-09-03", Decimal(1) / 21),
        ("2017-09-28", Decimal(20) / 21),
        ("2017-09-29", Decimal(1)),
        ("2017-09-30", Decimal(1)),
        ("2018-01-01", Decimal(1)),
    ],
)
def test_the_as_of_day_counts_as_elapsed(as_of: str, share: Decimal) -> None:
    assert Calendar().elapsed_share(parse("2017-09").period, date.fromisoformat(as_of)) == share


def test_a_holiday_is_not_worked() -> None:
    calendar = Calendar(frozenset({date(2017, 9, 4), date(2017, 9, 3)}))
    assert calendar.count(date(2017, 9, 1), date(2017, 10, 1)) == 20


def test_a_period_without_working_days_goes_by_the_calendar() -> None:
    weekend = Period(date(2017, 9, 2), date(2017, 9, 4))
    assert Calendar().elapsed_share(weekend, date(2017, 9, 2)) == Decimal("0.5")


@given(calendar=calendars, start=days, length=st.integers(1, 400), offset=st.integers(-10, 410))
def test_the_share_grows_from_0_to_1(
    calendar: Calendar, start: date, length: int, offset: int
) -> None:
    period = Period(start, start + timedelta(days=length))
    day = start + timedelta(days=offset)
    share = calendar.elapsed_share(period, day)
    assert 0 <= share <= calendar.elapsed_share(period, day + timedelta(days=1)) <= 1
