"""Numbers and money of files."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.intake.cells import BadCell
from spm.domain.intake.numbers import (
    Amount,
    DecimalMark,
    MarkFinder,
    parse_amount,
    parse_decimal,
    parse_integer,
    unit_of_header,
)

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


@pytest.mark.parametrize(
    ("text", "mark", "value", "currency"),
    [
        ("1054", POINT, "1054", None),
        ("57.68", POINT, "57.68", None),
        ("-3.5", POINT, "-3.5", None),
        (".5", POINT, "0.5", None),
        ("$22,700.00", POINT, "22700.00", None),
        ("US$ 1,000", POINT, "1000", "USD"),
        ("(1,234.50)", POINT, "-1234.50", None),
        ("($1,234.50)", POINT, "-1234.50", None),
        ("-$5.00", POINT, "-5.00", None),
        ("$-5.00", POINT, "-5.00", None),
        ("5.00-", POINT, "-5.00", None),
        ("$1,117.10K", POINT, "1117100.00", None),
        ("2.5M", POINT, "2500000", None),
        ("1.234,50 €", COMMA, "1234.50", "EUR"),
        ("1\u00a0234,50 грн", COMMA, "1234.50", "UAH"),
        ("1'234.50", POINT, "1234.50", None),
        ("EUR 12", POINT, "12", "EUR"),
        ("12 JPY", POINT, "12", "JPY"),
        ("￥1,200", POINT, "1200", "JPY"),
        ("¥1,200", POINT, "1200", "JPY"),
        ("1.200원", COMMA, "1200", "KRW"),
        ("12,34,567", POINT, "1234567", None),
        ("1E+3", POINT, "1000", None),
        ("1,5", POINT, None, None),
        ("1.234", COMMA, "1234", None),
        ("1.23", COMMA, None, None),
        ("", POINT, None, None),
        ("abc", POINT, None, None),
        ("NaN", POINT, None, None),
        ("Infinity", POINT, None, None),
        ("1e400", POINT, None, None),
        ("1e99", POINT, None, None),
        ("١٢", POINT, None, None),
        ("１２", POINT, None, None),
        ("1_000", POINT, None, None),
        ("(5", POINT, None, None),
        ("--5", POINT, None, None),
        ("$5 EUR", POINT, None, None),
        ("9" * 16, POINT, None, None),
        ("9" * 400, POINT, None, None),
    ],
)
def test_money_is_read_or_refused(
    text: str, mark: DecimalMark, value: str | None, currency: str | None
) -> None:
    if value is None:
        with pytest.raises(BadCell):
            parse_amount(text, mark)
    else:
        assert parse_amount(text, mark) == Amount(Decimal(value), currency)


@pytest.mark.parametrize(
    ("text", "value"), [("12.5%", "12.5"), ("+3", "3"), ("40 %", "40"), ("$3", "3")]
)
def test_a_plain_number_may_have_a_sign_and_a_per_cent(text: str, value: str) -> None:
    assert parse_decimal(text, POINT) == Decimal(value)


def test_a_plain_number_has_no_currency() -> None:
    with pytest.raises(BadCell):
        parse_decimal("3 EUR", POINT)


@pytest.mark.parametrize(("text", "whole"), [("2822", 2822), ("3.0", 3), ("1,200", 1200)])
def test_a_whole_number_is_whole(text: str, whole: int) -> None:
    assert parse_integer(text, POINT) == whole


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(BadCell, match="not-a-whole-number"):
        parse_integer("3.5", POINT)


@pytest.mark.parametrize(
    ("texts", "mark", "is_open"),
    [
        (["1,5", "1.234,5"], COMMA, False),
        (["$22,700.00", "1,234"], POINT, False),
        (["1,234"], None, True),
        (["1.234.567"], COMMA, False),
        (["1,234,567"], POINT, False),
        (["0.125"], POINT, False),
        (["12", ""], None, False),
        (["1,5", "1.5"], None, True),
    ],
)
def test_the_decimal_mark_is_found_over_a_column(
    texts: list[str], mark: DecimalMark | None, is_open: bool
) -> None:
    finder = MarkFinder()
    for text in texts:
        finder.look(text)
    assert finder.found() == (mark, is_open)


@given(st.text(max_size=90), st.sampled_from(DecimalMark))
def test_any_text_is_a_number_or_refused(text: str, mark: DecimalMark) -> None:
    MarkFinder().look(text)
    try:
        amount = parse_amount(text, mark)
    except BadCell:
        return
    assert amount.value.is_finite()


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(DecimalMark))
def test_a_number_that_was_written_with_groups_is_read_back(
    value: Decimal, mark: DecimalMark
) -> None:
    text = f"{value:,.2f}"
    if mark is COMMA:
        text = text.translate(str.maketrans(",.", ".,"))
    assert parse_amount(text, mark).value == value


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Betrag (EUR)", ("Betrag", "EUR")),
        ("Value [€]", ("Value", "EUR")),
        ("Umsatz in EUR", ("Umsatz", "EUR")),
        ("Deal Value USD", ("Deal Value", "USD")),
        ("金額（円）", ("金額", "JPY")),
        ("Amount ($)", ("Amount", None)),
        ("Amount (converted)", None),
        ("Amount VAT", None),
        ("Amount", None),
        ("EUR", None),
        ("", None),
        ("(" * 5_000, None),
    ],
)
def test_a_header_may_name_a_currency(header: str, found: tuple[str, str | None] | None) -> None:
    assert unit_of_header(header) == found
