"""Layouts as data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.intake.layouts import parse, shipped
from spm.domain.intake.said import LayoutInvalid

WHOLE = """
id = "mine"
title = "Mine"
[pipeline]
name = "Deals"
[[pipeline.stages]]
name = "Open"
kind = "open"
probability_bp = 5000
[[pipeline.stages]]
name = "Won"
kind = "won"
[[tables]]
id = "deals"
title = "Deals"
kind = "deal"
[tables.columns]
key = "Id"
owner = { from = ["Owner", "Deal owner"], create = true }
stage = "Stage"
amount = { from = "Amount", scale = 1000 }
"""


def test_the_shipped_layouts_are_whole() -> None:
    assert [layout.id for layout in shipped()] == sorted({layout.id for layout in shipped()})
    assert shipped()


def test_a_layout_says_where_fields_come_from() -> None:
    table = parse(WHOLE, "mine.toml").tables[0]
    owner = table.columns[1]
    assert (owner.field, owner.headers, owner.space, owner.may_create) == (
        "owner",
        ("Owner", "Deal owner"),
        "name",
        True,
    )
    assert [column.field for column in table.required()] == ["key", "owner", "stage"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('id = "mine"', "id = ", "not-toml"),
        ('title = "Mine"', "", "missing"),
        ('title = "Mine"', 'title = "Mine"\ncolour = "red"', "unknown-key"),
        ('kind = "deal"', 'kind = "dael"', "unknown-kind"),
        ('key = "Id"', "", "missing"),
        ('key = "Id"', 'key = "Id"\nsize = "Size"', "unknown-field"),
        ('key = "Id"', "key = 5", "not-a-list-of-words"),
        ("create = true", 'create = "yes"', "not-true-or-false"),
        ("create = true", "make = true", "unknown-key"),
        ("scale = 1000", "scale = 0", "not-a-number-in-range"),
        ("probability_bp = 5000", "probability_bp = 10001", "not-a-number-in-range"),
        ('kind = "open"', 'kind = "opne"', "unknown-kind-of-stage"),
        ('kind = "won"', 'kind = "lost"', "stages-incomplete"),
        ('name = "Deals"', 'name = "Deals"\nbegins_in = "Start"', "unknown-stage"),
        ('stage = "Stage"', "", "missing"),
    ],
)
def test_a_layout_that_says_something_wrong_is_refused(old: str, new: str, reason: str) -> None:
    assert old in WHOLE
    with pytest.raises(LayoutInvalid) as caught:
        parse(WHOLE.replace(old, new, 1), "mine.toml")
    assert caught.value.facts["reason"] == reason


def test_a_constant_stage_is_one_of_the_pipeline() -> None:
    text = WHOLE.replace('stage = "Stage"\n', "") + '[tables.constants]\nstage = "Gone"\n'
    with pytest.raises(LayoutInvalid):
        parse(text, "mine.toml")


@pytest.mark.parametrize("text", ["[" * 5000, "a=" + "[" * 5000, "a = " + "{a=" * 3000, "\ud800"])
def test_a_hostile_layout_is_refused(text: str) -> None:
    with pytest.raises(LayoutInvalid):
        parse(text, "mine.toml")


@given(st.text(max_size=200))
def test_any_text_is_a_layout_or_refused(text: str) -> None:
    with pytest.raises(LayoutInvalid):
        parse(text, "mine.toml")
