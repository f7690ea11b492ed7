"""Days and instants of files."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.intake.cells import BadCell, Cell
from spm.domain.intake.dates import DateOrder, Moment, OrderFinder, parse_moment, parse_month

YMD, DMY, MDY = DateOrder.YMD, DateOrder.DMY, DateOrder.MDY


@pytest.mark.parametrize(
    ("cell", "order", "moment"),
    [
        ("2017-03-01", YMD, Moment(date(2017, 3, 1))),
        ("2017/12/01", MDY, Moment(date(2017, 12, 1))),
        ("20170301", YMD, Moment(date(2017, 3, 1))),
        ("2021. 4. 15.", YMD, Moment(date(2021, 4, 15))),
        ("2021年4月15日", YMD, Moment(date(2021, 4, 15))),
        ("2021년 4월 15일", YMD, Moment(date(2021, 4, 15))),
        ("03.04.2017", DMY, Moment(date(2017, 4, 3))),
        ("03/04/2017", MDY, Moment(date(2017, 3, 4))),
        ("01/27/21", MDY, Moment(date(2021, 1, 27))),
        ("15 Apr, 2021 00:02:00", YMD, Moment(date(2021, 4, 15), time(0, 2))),
        ("April 15, 2021", YMD, Moment(date(2021, 4, 15))),
        ("15-Apr-2021", YMD, Moment(date(2021, 4, 15))),
        ("02/23/26 08:55 PM", MDY, Moment(date(2026, 2, 23), time(20, 55))),
        ("7/1/2026 12:00 AM", MDY, Moment(date(2026, 7, 1), time(0, 0))),
        ("03-07-2021 01:09", DMY, Moment(date(2021, 7, 3), time(1, 9))),
        ("2024-01-31T09:15:00.000Z", YMD, Moment(date(2024, 1, 31), time(9, 15), timedelta(0))),
        (
            "2024-01-31 09:15:00+0900",
            YMD,
            Moment(date(2024, 1, 31), time(9, 15), timedelta(hours=9)),
        ),
        (date(2017, 3, 1), YMD, Moment(date(2017, 3, 1))),
        (datetime(2017, 3, 1, 8, 30), YMD, Moment(date(2017, 3, 1), time(8, 30))),  # noqa: DTZ001
        (Decimal(45631), YMD, Moment(date(2024, 12, 5))),
        (Decimal("45631.5"), YMD, Moment(date(2024, 12, 5), time(12, 0))),
        ("2017-02-29", YMD, None),
        ("31/02/2017", DMY, None),
        ("13/13/2017", DMY, None),
        ("03/04/2017", YMD, None),
        ("0000-00-00", YMD, None),
        ("9999-12-31", YMD, None),
        ("2017-03-01 25:00", YMD, None),
        ("2017-03-01 13:00 PM", YMD, None),
        ("2017-03-01 10:00 +99:00", YMD, None),
        ("15 Foo 2021", YMD, None),
        ("yesterday", YMD, None),
        ("٢٠١٧-٠٣-٠١", YMD, None),
        (Decimal(-1), YMD, None),
        ("1" * 500, YMD, None),
    ],
)
def test_a_date_is_read_or_refused(cell: Cell, order: DateOrder, moment: Moment | None) -> None:
    if moment is None:
        with pytest.raises(BadCell):
            parse_moment(cell, order)
    else:
        assert parse_moment(cell, order) == moment


def test_a_moment_with_an_offset_is_an_instant() -> None:
    moment = parse_moment("2024-01-31 09:15:00+0900", YMD)
    assert moment.instant() == datetime(2024, 1, 31, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2017-12", "Dec 2017", "2017/12/01", "December 2017", "2017.12"])
def test_a_month_is_its_first_day(text: str) -> None:
    assert parse_month(text, YMD) == date(2017, 12, 1)


@pytest.mark.parametrize(
    ("texts", "order", "is_open"),
    [
        (["2017-03-01"], YMD, False),
        (["15 Apr, 2021"], YMD, False),
        (["03/04/2017", "25/12/2017"], DMY, False),
        (["03/04/2017", "12/25/2017 09:00"], MDY, False),
        (["03/04/2017"], None, True),
        (["05/05/2017"], None, False),
        (["25/12/2017", "12/25/2017"], None, True),
    ],
)
def test_the_order_is_found_over_a_column(
    texts: list[str], order: DateOrder | None, is_open: bool
) -> None:
    finder = OrderFinder()
    for text in texts:
        finder.look(text)
    assert finder.found() == (order, is_open)


@given(st.text(max_size=90), st.sampled_from(DateOrder))
def test_any_text_is_a_date_or_refused(text: str, order: DateOrder) -> None:
    OrderFinder().look(text)
    for parse in (parse_moment, parse_month):
        try:
            parse(text, order)
        except BadCell:
            continue


@given(st.decimals())
def test_any_number_is_a_date_or_refused(number: Decimal) -> None:
    try:
        parse_moment(number, YMD)
    except BadCell:
        return


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_a_date_is_read_back_in_every_order(day: date) -> None:
    assert parse_moment(day.strftime("%d.%m.%Y"), DMY).on == day
    assert parse_moment(day.strftime("%m/%d/%y"), MDY).on == day
    assert parse_moment(day.strftime("%d %b, %Y"), YMD).on == day
    assert parse_moment(day.isoformat(), YMD).on == day


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)), st.sampled_from(["", "Z"]))  # noqa: DTZ001
def test_a_date_with_its_time_is_read_as_exports_write_it(when: datetime, zone: str) -> None:
    """The standard library reads the same text."""
    when = when.replace(microsecond=0)
    offset = timedelta(0) if zone else None
    for text in (f"{when:%Y-%m-%d %H:%M:%S}{zone}", f"{when.isoformat()}.000{zone}"):
        for order in DateOrder:
            assert parse_moment(text, order) == Moment(when.date(), when.time(), offset)
    moment = Moment(when.date(), when.time(), offset)
    assert Moment.of_text(moment.text()) == moment
    assert moment.text() == when.replace(tzinfo=UTC if zone else None).isoformat()


@pytest.mark.parametrize(
    "text", ["2017-02-30 10:00:00", "2017-02-03 24:00:00", "2017-02-03T10:61:00Z"]
)
def test_a_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(BadCell):
        parse_moment(text, DateOrder.YMD)
