"""Figures, money, dates and periods as each language writes them (CLDR), and nothing ambient."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from spm.domain.money import Money
from spm.i18n import formats
from spm.i18n.words import LANGUAGES

DAY = date(2026, 12, 18)


@pytest.mark.parametrize(
    ("locale", "value", "expected"),
    [
        ("en", Money("USD", 123456789), "$1,234,567.89"),
        ("en", Money("JPY", 41000000), "¥41,000,000"),
        ("en", Money("UAH", -123450), "\u2212UAH\u00a01,234.50"),
        ("ja", Money("JPY", 41000000), "￥41,000,000"),
        ("ko", Money("KRW", 41000000), "₩41,000,000"),
        ("uk", Money("UAH", 123450), "1\u00a0234,50\u00a0₴"),
        ("en", Money("KWD", 1234), "KWD\u00a01.234"),
    ],
)
def test_money_is_written_with_its_symbol_and_digits(
    locale: str, value: Money, expected: str
) -> None:
    assert formats.money(value, locale) == expected


@pytest.mark.parametrize(
    ("value", "locale", "said"),
    [
        ("123.619565217391304347826087", "en", "123.6"),
        ("123.619565217391304347826087", "uk", "123,6"),
        ("1234.5678", "ja", "1234.6"),
        ("-0.04", "en", "0"),
        ("12", "ko", "12"),
        ("1234567.891", "en", "1.2M"),
    ],
)
def test_a_compact_number_has_one_place_at_most(value: str, locale: str, said: str) -> None:
    assert formats.number(Decimal(value), locale, compact=True) == said


def test_compact_money_is_short_and_whole_money_has_no_cents() -> None:
    assert formats.money(Money("USD", 123456789), "en", compact=True) == "$1.2M"
    assert formats.money(Money("JPY", 41000000), "ja", compact=True) == "￥4100万"
    assert formats.money(Money("USD", 123456789), "en", whole=True) == "$1,234,568"


@pytest.mark.parametrize(
    ("locale", "digits", "expected"),
    [("en", 0, "82%"), ("en", 1, "82.5%"), ("uk", 1, "82,5%"), ("ja", 1, "82.5%")],
)
def test_a_ratio_is_written_as_percent(locale: str, digits: int, expected: str) -> None:
    assert formats.percent(Decimal("0.825"), locale, digits=digits) == expected


def test_a_change_has_its_sign() -> None:
    assert formats.points(Decimal("-0.04"), "en") == "\u22124 pts"
    assert formats.percent(Decimal("0.12"), "en", signed=True) == "+12%"
    assert formats.number(7, "en", signed=True) == "+7"
    assert formats.money(Money("USD", -500), "en") == "\u2212$5.00"


def test_a_number_keeps_at_most_six_digits_after_the_mark() -> None:
    assert formats.number(Decimal("0.6315014999"), "en") == "0.631501"
    assert formats.number(Decimal("1234567.5"), "uk") == "1\u00a0234\u00a0567,5"


def test_days_have_their_unit() -> None:
    assert formats.days(1, "en") == "1 day"
    assert formats.days(Decimal("47.85"), "en") == "47.8 days"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "18 Dec 2026"),
        ("ja", "2026/12/18"),
        ("ko", "2026. 12. 18."),
        ("uk", "18 груд. 2026\u202fр."),
    ],
)
def test_a_date_is_unmistakable(locale: str, expected: str) -> None:
    assert formats.date(DAY, locale).replace("\u00a0", "\u202f") in {
        expected,
        expected.replace("\u202f", " "),
    }


def test_an_instant_is_shown_in_the_zone_it_is_asked_for() -> None:
    instant = datetime(2026, 12, 18, 15, 30, tzinfo=UTC)
    assert formats.datetime(instant, UTC, "en") == "18 Dec 2026, 15:30"
    assert formats.datetime(instant, ZoneInfo("Asia/Tokyo"), "en") == "19 Dec 2026, 00:30"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026", "2026"),
        ("2026-Q4", "Q4 2026"),
        ("2026-H1", "H1 2026"),
        ("2026-11", "Nov 2026"),
        ("2026-W06", "Week 6, 2026"),
        ("FY2027", "FY2027"),
        ("FY2027-Q1", "Q1 FY2027"),
        ("2026-11-01..2026-12-01", "1 Nov 2026 – 30 Nov 2026"),
        ("whatever", "whatever"),
    ],
)
def test_a_period_is_called_by_its_name(name: str, expected: str) -> None:
    assert formats.period(name, "en") == expected


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("name", ["2026", "2026-Q4", "2026-H1", "2026-11", "2026-W06", "FY2027-Q1"])
def test_every_language_names_every_kind_of_period(locale: str, name: str) -> None:
    assert "2026" in formats.period(name, locale) or "2027" in formats.period(name, locale)


def test_sizes_and_intervals() -> None:
    assert formats.file_size(999, "en") == "999\u00a0B"
    assert formats.file_size(1_400_000, "en") == "1.4\u00a0MB"
    assert formats.interval(0.17, 0.49, "en") == "17\u201349%"


@pytest.mark.parametrize(("locale", "expected"), [("en", "1234.5"), ("uk", "1234,5")])
def test_a_number_for_an_input_box_has_no_groups(locale: str, expected: str) -> None:
    assert formats.plain(Decimal("1234.5"), locale) == expected
