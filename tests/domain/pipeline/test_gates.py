"""A gated stage: which criteria have to be ticked, and what becomes of a move without them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from spm.domain.ids import DealId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.pipeline.deals import CriteriaUnconfirmed, Deal, Facts, Move, decide_move, gate
from spm.domain.pipeline.stages import Pipeline, Stage, StageKind

FIRST = Stage(StageId(1), "First", StageKind.OPEN, 1, exit_criteria=("named",))
SECOND = Stage(StageId(2), "Second", StageKind.OPEN, 2, entry_criteria=("priced", "known"))
WON = Stage(StageId(3), "Won", StageKind.WON, 3, entry_criteria=("signed",))
LOST = Stage(StageId(4), "Lost", StageKind.LOST, 4, entry_criteria=("said why",))
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)


def pipeline(*gated: int) -> Pipeline:
    stages = (FIRST, SECOND, WON, LOST)
    return Pipeline(
        PipelineId(1), "Sales", tuple(replace(s, is_gated=s.id in gated) for s in stages)
    )


@pytest.mark.parametrize(
    ("gated", "source", "target", "demanded"),
    [
        ((), 1, 2, ()),
        ((2,), 1, 2, ("priced", "known")),
        ((1,), 1, 2, ("named",)),
        ((1, 2), 1, 2, ("named", "priced", "known")),
        ((1, 2), 1, 3, ("named",)),
        ((3,), 2, 3, ("signed",)),
        ((1, 2), 2, 1, ()),
        ((1,), 1, 4, ()),
        ((4,), 1, 4, ("said why",)),
    ],
)
def test_what_has_to_be_ticked(
    gated: tuple[int, ...], source: int, target: int, demanded: tuple[str, ...]
) -> None:
    found = pipeline(*gated)
    between = gate(found.stage(StageId(source)), found.stage(StageId(target)), found)
    assert between.demanded == demanded
    assert set(demanded) <= set(between.leave + between.enter)


@pytest.mark.parametrize(
    ("confirmed", "missing"),
    [
        ((), ("priced", "known")),
        (("priced",), ("known",)),
        (("named", "signed"), ("priced", "known")),
        (("known", "priced"), None),
    ],
)
def test_a_move_without_a_tick_is_refused(
    confirmed: tuple[str, ...], missing: tuple[str, ...] | None
) -> None:
    deal = Deal(
        id=DealId(1),
        facts=Facts("Big", "USD", amount=Money("USD", 1)),
        pipeline_id=PipelineId(1),
        stage_id=StageId(1),
        stage_kind=StageKind.OPEN,
        owner_id=PersonId(1),
        opened_on=None,
        closed_on=None,
        stage_since_at=None,
        loss_reason="",
        version=1,
    )
    move = Move(StageId(2), date(2026, 11, 18), confirmed=confirmed)
    house = Organisation(name="Example", is_set_up=True)
    if missing is None:
        decide_move(deal, move, pipeline(2), PersonId(1), NOW, house)
        return
    with pytest.raises(CriteriaUnconfirmed) as caught:
        decide_move(deal, move, pipeline(2), PersonId(1), NOW, house)
    assert caught.value.facts["missing"] == missing
