"""A deal's history as entries and visits that a person can read."""

from spm.domain.money import Money
from spm.domain.pipeline.history import EventKind
from spm.domain.pipeline.timeline import entries, visits
from tests.domain.pipeline.logs import (
    BOB,
    FIRST,
    LOST,
    ONBOARDING,
    PIPELINE,
    SECOND,
    THIRD,
    WON,
    Log,
    on,
)


def test_entries_come_latest_first_with_what_they_changed() -> None:
    log = Log().created(1).worth(3, 500).moved(6, THIRD).given(7, BOB).moved(9, WON)
    won, owner, moved, worth, created = entries(log.events, PIPELINE)
    assert (created.before, created.kind) == (None, EventKind.CREATED)
    assert worth.before is not None
    assert (worth.before.amount, worth.after.amount) == (Money("EUR", 100), Money("EUR", 500))
    assert (moved.days_in_stage, moved.skipped) == (5, (SECOND,))
    assert owner.after.owner_id == BOB
    assert won.is_closing
    assert (won.days_in_stage, won.skipped) == (3, ())


def test_a_move_back_says_so_and_a_lost_deal_skips_nothing() -> None:
    lost, back, *_ = entries(
        Log().created(1).moved(3, SECOND).moved(5, FIRST).moved(6, LOST).events, PIPELINE
    )
    assert back.is_backward
    assert not lost.is_backward
    assert lost.skipped == ()


def test_days_are_unknown_where_a_date_is_missing() -> None:
    entry = entries(Log().created(None).moved(6, SECOND).events, PIPELINE)[0]
    assert entry.days_in_stage is None


def test_what_was_written_down_late_is_marked() -> None:
    assert entries(Log().created(1).events, PIPELINE)[0].is_late
    assert not entries(Log().created(151).events, PIPELINE)[0].is_late
    assert not entries(Log().created(None).events, PIPELINE)[0].is_late


def test_a_move_that_was_taken_back_is_told_and_is_no_visit() -> None:
    log = Log().created(1).moved(5, THIRD).undone(5, FIRST, 2).moved(7, SECOND)
    moved, undo, undone, _ = entries(log.events, PIPELINE)
    assert (undone.is_undone, undone.is_undo, undone.skipped) == (True, False, ())
    assert (undo.is_undone, undo.is_undo, undo.is_backward) == (False, True, False)
    assert (moved.is_undone, moved.is_undo, moved.days_in_stage) == (False, False, 6)
    found = {visit.stage_id: visit for visit in visits(log.events, PIPELINE, on(9))}
    assert (found[FIRST].days, found[SECOND].days) == (6, 2)
    assert not found[THIRD].is_visited


def test_visits_add_up_the_days_of_every_stay() -> None:
    log = Log().created(1).moved(3, SECOND).moved(5, FIRST).moved(9, SECOND)
    found = {visit.stage_id: visit for visit in visits(log.events, PIPELINE, on(12))}
    assert (found[FIRST].days, found[SECOND].days) == (2 + 4, 2 + 3)
    assert found[SECOND].is_current
    assert (found[THIRD].is_visited, found[THIRD].days) == (False, None)
    assert list(found) == [FIRST, SECOND, THIRD, WON, ONBOARDING, LOST]


def test_a_stay_that_began_nobody_knows_when_has_no_days() -> None:
    found = {
        visit.stage_id: visit for visit in visits(Log().created(None).events, PIPELINE, on(12))
    }
    assert found[FIRST].is_visited
    assert found[FIRST].days is None
