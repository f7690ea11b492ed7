"""Money: exact, one currency, nothing lost in a split."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.errors import Invalid
from spm.domain.money import (
    LARGEST_MINOR,
    MINOR_DIGITS,
    AmountInexact,
    AmountTooLarge,
    CurrencyMismatch,
    CurrencyUnknown,
    Money,
    minor_digits,
    total,
)

minors = st.integers(-(10**15), 10**15)


@given(minor=minors, weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_a_split_sums_to_the_whole(minor: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        weights[0] = 1
    assert total("EUR", Money("EUR", minor).split(weights)) == Money("EUR", minor)


@given(minor=minors, weights=st.lists(st.integers(1, 100), min_size=2, max_size=6))
def test_a_split_is_off_by_less_than_one_unit(minor: int, weights: list[int]) -> None:
    for part, weight in zip(Money("EUR", minor).split(weights), weights, strict=True):
        assert abs(part.minor * sum(weights) - minor * weight) < sum(weights)


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (5, (1, 1), (3, 2)),
        (-5, (1, 1), (-2, -3)),
        (7, (0, 1), (0, 7)),
    ],
)
def test_a_split_gives_odd_units_to_the_largest_remainders(
    minor: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert tuple(p.minor for p in Money("EUR", minor).split(weights)) == parts


@pytest.mark.parametrize("weights", [(), (0, 0), (1, -1), (2, -1)])
def test_a_split_refuses_weights_that_share_nothing(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money("EUR", 1).split(weights)


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("EUR", "12.5", 1250),
        ("EUR", "-0.01", -1),
        ("JPY", "41000000", 41_000_000),
        ("JPY", "4.1E+7", 41_000_000),
        ("KWD", "1.234", 1234),
        ("CLF", "0.0001", 1),
        ("USD", "1.5000", 150),
        ("USD", "-0", 0),
        ("USD", "0E-30", 0),
        ("USD", "0E+999999", 0),
    ],
)
def test_an_amount_becomes_whole_minor_units(currency: str, amount: str, minor: int) -> None:
    assert Money.of(currency, Decimal(amount)) == Money(currency, minor)


@pytest.mark.parametrize(
    ("currency", "amount", "error"),
    [
        ("EUR", "0.001", AmountInexact),
        ("JPY", "0.5", AmountInexact),
        ("EUR", "1E-999999", AmountInexact),
        ("EUR", "NaN", AmountInexact),
        ("EUR", "sNaN", AmountInexact),
        ("EUR", "Infinity", AmountInexact),
        ("EUR", "1E+999999", AmountTooLarge),
        ("EUR", "1000000000000000", AmountTooLarge),
        ("XXX", "1", CurrencyUnknown),
        ("eur", "1", CurrencyUnknown),
    ],
)
def test_an_amount_that_is_not_exact_is_refused(
    currency: str, amount: str, error: type[Invalid]
) -> None:
    with pytest.raises(error):
        Money.of(currency, Decimal(amount))


@given(
    minor=st.integers(1 - LARGEST_MINOR, LARGEST_MINOR - 1),
    code=st.sampled_from(sorted(MINOR_DIGITS)),
)
def test_an_amount_comes_back_as_it_went(minor: int, code: str) -> None:
    money = Money(code, minor)
    assert Money.of(code, money.amount) == money
    assert money.amount.as_tuple().exponent == -minor_digits(code)


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [("EUR", 1250, "12.50 EUR"), ("JPY", -72878, "-72878 JPY"), ("KWD", 5, "0.005 KWD")],
)
def test_an_amount_is_written_in_plain_digits_for_the_log(
    currency: str, minor: int, written: str
) -> None:
    assert str(Money(currency, minor)) == written


def test_amounts_of_two_currencies_never_meet() -> None:
    euro, yen = Money("EUR", 1), Money("JPY", 1)
    for meet in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen, lambda: euro >= yen):
        with pytest.raises(CurrencyMismatch):
            meet()


@given(a=minors, b=minors)
def test_money_adds_and_orders_as_its_minor_units(a: int, b: int) -> None:
    left, right = Money("UAH", a), Money("UAH", b)
    assert (left + right).minor == a + b
    assert (left - right) == left + -right
    assert (left < right, left <= right, left > right, left >= right) == (
        a < b,
        a <= b,
        a > b,
        a >= b,
    )


@pytest.mark.parametrize(("rate", "minor"), [("0.5", 2), ("1.5", 8), ("0.1", 0), ("-1", -5)])
def test_a_rate_rounds_half_to_even(rate: str, minor: int) -> None:
    assert Money("EUR", 5).times(Decimal(rate)).minor == minor


def test_every_currency_has_three_letters_and_up_to_four_digits() -> None:
    assert all(len(code) == 3 and code.isupper() for code in MINOR_DIGITS)
    assert set(MINOR_DIGITS.values()) == {0, 2, 3, 4}
