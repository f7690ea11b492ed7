"""Figures as a reader's language writes them."""

from decimal import Decimal

import pytest

from spm.domain.metrics.figure import Reading, Reason
from spm.domain.metrics.registry import Unit
from spm.i18n import readings


@pytest.mark.parametrize(
    ("reading", "locale", "written"),
    [
        (Reading(unit=Unit.COUNT, value=Decimal(4238)), "en", "4,238"),
        (Reading(unit=Unit.RATIO, value=Decimal("0.631501")), "en", "63.2%"),
        (Reading(unit=Unit.DAYS, value=Decimal("51.781973")), "en", "51.8 days"),
        (Reading(unit=Unit.DAYS, value=Decimal(1)), "en", "1 day"),
        (Reading(unit=Unit.MONEY, value=Decimal("2360.909391"), currency="USD"), "en", "$2,360.91"),
        (Reading(unit=Unit.MONEY, value=Decimal(41_000_000), currency="JPY"), "ja", "￥41,000,000"),
        (Reading(unit=Unit.MONEY_PER_DAY, value=Decimal(5), currency="USD"), "en", "$5.00 a day"),
        (Reading(unit=Unit.MONEY, reason=Reason("no-target")), "en", "–"),
    ],
)
def test_a_value_is_written_in_its_unit(reading: Reading, locale: str, written: str) -> None:
    assert readings.value(reading, locale) == written


def test_an_unknown_value_has_its_reason_in_words() -> None:
    assert readings.reason(Reason("no-amounts", {"deals": 3}), "en") == (
        "None of the 3 deals has an amount."
    )
    assert readings.reason(None, "en") is None


def test_money_between_two_cents_goes_to_the_even_one() -> None:
    assert readings.money(Decimal("0.125"), "USD").minor == 12
