"""The five letters."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from spm.domain.targets.smart import (
    Draft,
    Letter,
    NotSmart,
    Reach,
    attainability,
    check,
    require_smart,
)

WHOLE = Draft(
    name="Won revenue",
    purpose="What our reps win, at the price agreed",
    metric="won_revenue",
    unit="money",
    direction="up",
    lacks_argument=None,
    history=tuple(Decimal(n) for n in (10, 12, 9, 14)),
    is_confirmed=False,
    goal="Grow by a fifth",
    period_kind="quarter",
)


def failing(draft: Draft) -> list[tuple[Letter, str]]:
    return [(finding.letter, finding.code) for finding in check(draft) if not finding.holds]


def test_all_five_hold_in_the_order_of_the_word() -> None:
    assert [finding.letter for finding in check(WHOLE)] == list(Letter)
    assert failing(WHOLE) == []
    require_smart(WHOLE)


@pytest.mark.parametrize(
    ("change", "letter", "code"),
    [
        ({"name": " "}, Letter.SPECIFIC, "specific.no-name"),
        ({"purpose": ""}, Letter.SPECIFIC, "specific.no-purpose"),
        ({"metric": None}, Letter.MEASURABLE, "measurable.unbound"),
        ({"lacks_argument": "stage"}, Letter.MEASURABLE, "measurable.no-argument"),
        ({"history": ()}, Letter.ATTAINABLE, "attainable.no-history"),
        ({"history": (Decimal(1),)}, Letter.ATTAINABLE, "attainable.little-history"),
        ({"goal": None}, Letter.RELEVANT, "relevant.no-goal"),
        ({"period_kind": None}, Letter.TIME_BOUND, "time-bound.no-period"),
    ],
)
def test_a_missing_part_is_named_and_bars_the_kpi(
    change: dict[str, Any], letter: Letter, code: str
) -> None:
    draft = replace(WHOLE, **change)
    assert failing(draft) == [(letter, code)]
    with pytest.raises(NotSmart) as refused:
        require_smart(draft)
    assert refused.value.facts == {"letters": (letter,)}


def test_no_history_yet_is_something_one_confirms() -> None:
    require_smart(replace(WHOLE, history=(), is_confirmed=True))


@pytest.mark.parametrize(
    ("value", "history", "lower", "reached", "percentile", "reach"),
    [
        (12, (10, 12, 9, 14), False, 2, "0.625", Reach.USUAL),
        (13, (10, 12, 9, 14), False, 1, "0.75", Reach.STRETCH),
        (15, (10, 12, 9, 14), False, 0, "1", Reach.NEVER),
        (9, (10, 12, 9, 14), True, 1, "0.875", Reach.STRETCH),
        (5, (10, 12), False, 2, "0", Reach.UNKNOWN),
        (5, (), False, 0, None, Reach.UNKNOWN),
    ],
)
def test_a_value_is_ranked_in_its_own_history(
    value: int,
    history: tuple[int, ...],
    lower: bool,
    reached: int,
    percentile: str | None,
    reach: Reach,
) -> None:
    seen = attainability(Decimal(value), [Decimal(h) for h in history], lower_is_better=lower)
    assert (seen.n, seen.reached, seen.reach) == (len(history), reached, reach)
    assert seen.percentile == (None if percentile is None else Decimal(percentile))


def test_the_best_is_the_lowest_where_lower_is_better() -> None:
    history = [Decimal(h) for h in (30, 20, 25)]
    assert attainability(Decimal(22), history, lower_is_better=True).best == 20
    assert attainability(Decimal(22), history).best == 30
    assert attainability(Decimal(22), []).best is None
