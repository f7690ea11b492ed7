"""What moving, editing and handing over a deal demand."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from spm.domain.errors import SpmError
from spm.domain.ids import DealId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.pipeline import deals
from spm.domain.pipeline.deals import Concern, Deal, Facts, Move
from spm.domain.pipeline.history import EventKind
from spm.domain.pipeline.stages import Pipeline, StageUnknown
from tests.domain.pipeline.logs import (
    ANN,
    BOB,
    FIRST,
    LOST,
    ONBOARDING,
    PIPELINE,
    SECOND,
    THIRD,
    WON,
    at,
    on,
)

TOKYO = Organisation(time_zone="Asia/Tokyo", currency="JPY")
UTC_HOUSE = Organisation()
NOW = datetime(2026, 1, 20, 15, 30, tzinfo=UTC)
FACTS = Facts("Big one", "EUR", amount=Money("EUR", 100), expected_close_on=on(40))


def deal(stage: StageId = FIRST, **facts: object) -> Deal:
    found = PIPELINE.stage(stage)
    return Deal(
        id=DealId(7),
        facts=replace(FACTS, **facts),  # type: ignore[arg-type]
        pipeline_id=PipelineId(1),
        stage_id=stage,
        stage_kind=found.kind,
        owner_id=ANN,
        opened_on=on(1),
        closed_on=on(10) if found.is_closed else None,
        stage_since_at=at(10),
        loss_reason="",
        version=1,
    )


def decide(subject: Deal, move: Move, actor: object = ANN) -> EventKind:
    return deals.decide_move(subject, move, PIPELINE, actor, NOW, UTC_HOUSE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "move", "kind"),
    [
        (FIRST, Move(SECOND, on(12)), EventKind.STAGE),
        (FIRST, Move(THIRD, on(10)), EventKind.STAGE),
        (THIRD, Move(FIRST, on(20)), EventKind.STAGE),
        (FIRST, Move(WON, on(12)), EventKind.STAGE),
        (FIRST, Move(LOST, on(12), loss_reason="Price"), EventKind.STAGE),
        (WON, Move(ONBOARDING, on(12)), EventKind.STAGE),
        (WON, Move(SECOND, on(12), reason="Cancelled"), EventKind.REOPENED),
        (LOST, Move(FIRST, on(12), reason="They called"), EventKind.REOPENED),
        (WON, Move(LOST, on(12), reason="Fraud", loss_reason="Fraud"), EventKind.REOPENED),
    ],
)
def test_a_move_is_a_stage_move_or_a_reopening(start: StageId, move: Move, kind: EventKind) -> None:
    assert decide(deal(start), move) is kind


@pytest.mark.parametrize(
    ("start", "move", "actor", "error"),
    [
        (FIRST, Move(FIRST, on(12)), ANN, deals.SameStage),
        (FIRST, Move(StageId(99), on(12)), ANN, StageUnknown),
        (FIRST, Move(SECOND, on(21)), ANN, deals.FutureDate),
        (FIRST, Move(SECOND, on(9)), ANN, deals.BeforeLastMove),
        (FIRST, Move(SECOND, on(12)), BOB, deals.ReasonNeeded),
        (FIRST, Move(SECOND, on(12)), None, deals.ReasonNeeded),
        (WON, Move(SECOND, on(12)), ANN, deals.ReasonNeeded),
        (FIRST, Move(LOST, on(12)), ANN, deals.LossReasonNeeded),
        (FIRST, Move(WON, on(12), Money("EUR", -1)), ANN, deals.AmountOutOfRange),
        (FIRST, Move(WON, on(12), Money("EUR", 10**15 + 1)), ANN, deals.AmountOutOfRange),
    ],
)
def test_a_move_is_refused(
    start: StageId, move: Move, actor: object, error: type[SpmError]
) -> None:
    with pytest.raises(error):
        decide(deal(start), move, actor)


def test_a_deal_is_not_won_for_an_unknown_amount() -> None:
    unknown = deal(FIRST, amount=None)
    with pytest.raises(deals.AmountNeeded):
        decide(unknown, Move(WON, on(12)))
    assert decide(unknown, Move(WON, on(12), Money("EUR", 0))) is EventKind.STAGE


def test_nothing_moves_into_a_retired_stage() -> None:
    stages = tuple(replace(stage, is_active=stage.id != SECOND) for stage in PIPELINE.stages)
    retired = Pipeline(PIPELINE.id, PIPELINE.name, stages)
    with pytest.raises(deals.StageRetired):
        deals.decide_move(deal(), Move(SECOND, on(12)), retired, ANN, NOW, UTC_HOUSE)


def test_today_is_the_organisation_s_today() -> None:
    """At 15:30 in Greenwich it is half past midnight of the next day in Tokyo."""
    move = Move(SECOND, on(21))
    assert deals.decide_move(deal(), move, PIPELINE, ANN, NOW, TOKYO) is EventKind.STAGE


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        (FACTS, ()),
        (replace(FACTS, name="Other", next_step="Call", lead_source="Referral"), ()),
        (replace(FACTS, amount=None), (EventKind.AMOUNT,)),
        (
            replace(FACTS, amount=Money("EUR", 1), expected_close_on=None),
            (EventKind.AMOUNT, EventKind.CLOSE_DATE),
        ),
    ],
)
def test_an_edit_writes_an_event_for_each_fact_that_figures_use(
    after: Facts, kinds: tuple[EventKind, ...]
) -> None:
    assert deals.changes(FACTS, after) == kinds


def test_what_a_decided_deal_was_worth_is_a_change_of_its_own_kind() -> None:
    dearer = replace(FACTS, amount=Money("EUR", 500))
    assert deals.touches_closed_amount(deal(WON), dearer)
    assert not deals.touches_closed_amount(deal(FIRST), dearer)
    assert not deals.touches_closed_amount(deal(WON), replace(FACTS, name="Other"))


@pytest.mark.parametrize(
    ("stage", "after", "actor", "reason", "error"),
    [
        (FIRST, FACTS, BOB, "", deals.ReasonNeeded),
        (WON, replace(FACTS, amount=None), BOB, "typo", deals.AmountNeeded),
        (FIRST, replace(FACTS, amount=Money("EUR", -1)), ANN, "", deals.AmountOutOfRange),
        (
            FIRST,
            replace(FACTS, expected_close_on=date(2025, 12, 31)),
            ANN,
            "",
            deals.CloseBeforeOpening,
        ),
    ],
)
def test_an_edit_is_refused(
    stage: StageId, after: Facts, actor: object, reason: str, error: type[SpmError]
) -> None:
    with pytest.raises(error):
        deals.check_edit(deal(stage), after, actor, reason)  # type: ignore[arg-type]


def test_an_odd_close_date_that_was_there_before_may_stay() -> None:
    odd = deal(FIRST, expected_close_on=date(2025, 1, 1))
    deals.check_edit(odd, replace(odd.facts, name="Renamed"), ANN, "")


def test_a_deal_is_handed_to_somebody_else_for_a_reason() -> None:
    deals.check_handover(deal(), BOB, "Ann is on leave")
    with pytest.raises(deals.SameOwner):
        deals.check_handover(deal(), ANN, "because")
    with pytest.raises(deals.ReasonNeeded):
        deals.check_handover(deal(), BOB, "")


def test_a_gate_shows_what_is_left_entered_and_skipped() -> None:
    gate = deals.gate(PIPELINE.stage(SECOND), PIPELINE.stage(WON), PIPELINE)
    assert (gate.leave, gate.enter) == (("sent",), ("signed",))
    assert [stage.id for stage in gate.skipped] == [THIRD]
    assert gate.is_closing
    back = deals.gate(PIPELINE.stage(SECOND), PIPELINE.stage(FIRST), PIPELINE)
    assert (back.is_backward, back.leave, back.skipped) == (True, (), ())
    again = deals.gate(PIPELINE.stage(WON), PIPELINE.stage(SECOND), PIPELINE)
    assert again.is_reopening
    assert not deals.gate(PIPELINE.stage(FIRST), PIPELINE.stage(LOST), PIPELINE).skipped


@pytest.mark.parametrize(
    ("day", "not_before", "expected"),
    [
        (on(20), None, NOW),
        (on(19), None, at(19)),
        (on(19), at(18), at(19)),
        (on(19), datetime(2026, 1, 19, 9, tzinfo=UTC), datetime(2026, 1, 19, 9, tzinfo=UTC)),
    ],
)
def test_a_date_becomes_an_instant_that_keeps_the_order_of_telling(
    day: date, not_before: datetime | None, expected: datetime
) -> None:
    assert deals.instant_on(day, NOW, UTC_HOUSE, not_before) == expected


@pytest.mark.parametrize(
    ("changes", "expected_days", "found"),
    [
        ({}, 7, [Concern.OVERDUE, Concern.LINGERING, Concern.NO_NEXT_STEP]),
        ({"expected_close_on": on(20), "next_step": "Call"}, 10, []),
        (
            {"expected_close_on": None, "amount": None, "next_step": "Call"},
            None,
            [
                Concern.NO_CLOSE_DATE,
                Concern.NO_AMOUNT,
            ],
        ),
    ],
)
def test_an_open_deal_says_what_it_lacks_and_is_late_with(
    changes: dict[str, object], expected_days: int | None, found: list[Concern]
) -> None:
    stage = replace(PIPELINE.stage(FIRST), expected_days=expected_days)
    late = replace(deal(FIRST, **({"expected_close_on": on(19)} | changes)), stage_since_at=at(10))
    assert list(deals.concerns(late, stage, on(20), UTC_HOUSE)) == found
    assert deals.concerns(deal(WON), PIPELINE.stage(WON), on(20), UTC_HOUSE) == ()
