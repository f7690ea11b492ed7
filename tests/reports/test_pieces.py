"""What a KPI says in one sentence."""

from dataclasses import replace
from decimal import Decimal

import pytest

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
