"""What a KPI says in one sentence, and on its bars."""

from dataclasses import replace
from decimal import Decimal

import pytest

from spm.domain.metrics.registry import Unit
from spm.i18n.words import words_for
from spm.reports.review_pack.pieces import bullet_of, finding
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


def test_what_a_kpi_aims_at_is_its_target_or_its_range() -> None:
    say, sheet = Say(words_for("en"), "UTC"), samples.content().kpis[0]
    bounds = (Decimal(12_000), Decimal(30_000))
    ranged = replace(sheet, unit=Unit.MONEY, currency="EUR", bounds=bounds)
    assert say.aim(ranged, replace(sheet.now, target=None)) == "€12K–€30K"
    assert say.aim(ranged, replace(sheet.now, target=Decimal(9), target_currency=None)) == "€9"
    assert say.aim(replace(sheet, bounds=None), replace(sheet.now, target=None)) == "–"


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


def test_a_target_in_another_currency_keeps_it_and_is_not_drawn_beside_the_figure() -> None:
    say, sheet = Say(words_for("en"), "UTC"), samples.content().kpis[0]
    target, other = Decimal(6000), "EUR"
    assert sheet.currency not in {None, other}
    now = replace(sheet.now, target=target, attained=None, target_currency=other)
    sheet = replace(sheet, now=now, status="unknown", expected=None, gap=None)
    assert "against a target of €6,000" in finding(say, sheet)
    assert say.status(sheet) == "– set in another currency"
    marks = len(bullet_of(say, sheet, 100.0, 10.0, labels=False).drawing.contents)
    held = replace(sheet, now=replace(now, target_currency=None))
    assert marks < len(bullet_of(say, held, 100.0, 10.0, labels=False).drawing.contents)
