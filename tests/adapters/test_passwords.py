"""The passwords that are tried first are refused: one by one, twice, and with digits behind them."""

import random
import string

import pytest

from spm.adapters.passwords import first_guesses
from spm.domain.errors import Invalid
from spm.domain.identity import TRIED_FIRST, check_password

zxcvbn = pytest.importorskip("zxcvbn.frequency_lists")
RANKED: list[str] = zxcvbn.FREQUENCY_LISTS["passwords"]
SIGNS = string.ascii_letters + string.digits + string.punctuation


def passes(password: str) -> bool:
    try:
        check_password(password, guesses=first_guesses())
    except Invalid:
        return False
    return True


def test_the_list_is_long_enough() -> None:
    assert len(set(RANKED)) > TRIED_FIRST == 3_000


def test_none_of_the_first_three_thousand_passes() -> None:
    assert [each for each in RANKED[:TRIED_FIRST] if passes(each)] == []


def test_none_that_is_long_enough_passes_wherever_it_stands_in_the_list() -> None:
    assert [each for each in RANKED if len(each) >= 12 and passes(each)] == []


@pytest.mark.parametrize(
    "padding", ["{0}{0}", "{0}2026!", "{0}123456789012", "!!{0}{0}1", "{1}1234567890!"]
)
def test_padding_one_of_them_is_no_way_round(padding: str) -> None:
    of_four = [each for each in RANKED[:TRIED_FIRST:7] if len(each) > 3]
    padded = [padding.format(each, each.capitalize()) for each in of_four]
    assert [each for each in padded if passes(each)] == []


@pytest.mark.parametrize(
    "password",
    ["copper kettle on a slow train", "vV8#kq2!mWz0", "ein Zaun aus Regen", "桜の木の下で会いましょうね",
     "x7 gloaming lantern", "тихий вечір над річкою", "three herons by the weir"],
)  # fmt: skip
def test_a_long_text_of_ones_own_still_passes(password: str) -> None:
    assert passes(password)


def test_what_a_generator_makes_passes() -> None:
    chance = random.Random(7)  # noqa: S311
    made = ["".join(chance.choices(SIGNS, k=14)) for _ in range(300)]
    assert [each for each in made if not passes(each)] == []
