"""What a KPI says in one sentence, and on its bars."""

from dataclasses import replace
from decimal import Decimal

import pytest

from spm.domain.metrics.registry import Unit
from spm.i18n.words import words_for
from spm.reports.review_pack.pieces import finding
from spm.reports.review_pack.say import Say
from tests.reports import samples


@pytest.mark.parametrize(
    ("attained", "said"), [(None, "no target is set"), (Decimal(1), "100% of the range aimed at")]
)
def test_without_one_target_value_it_says_whether_there_is_a_range(
    attained: Decimal | None, said: str
) -> None:
    sheet = samples.content().kpis[0]
    sheet = replace(sheet, now=replace(sheet.now, target=None, attained=attained))
    assert said in finding(Say(words_for("en"), "UTC"), sheet)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("64.973684", Unit.DAYS, "65.0"),
        ("55", Unit.DAYS, "55"),
        ("9534.444444", Unit.MONEY, "9,534.4"),
        ("17935.45", Unit.MONEY, "17.9K"),
        ("0.825", Unit.RATIO, "82.5%"),
        ("89", Unit.COUNT, "89"),
        (None, Unit.COUNT, "–"),
    ],
)
def test_a_bar_says_its_figure_in_few_digits(value: str | None, unit: Unit, said: str) -> None:
    figure = None if value is None else Decimal(value)
    assert Say(words_for("en"), "UTC").brief(figure, unit) == said
