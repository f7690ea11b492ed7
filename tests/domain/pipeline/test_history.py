"""The replay of a deal's log: states, reaches, and what holds for any log."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.ids import StageId
from spm.domain.money import Money
from spm.domain.pipeline.history import (
    FOREVER,
    BrokenLog,
    Event,
    EventKind,
    History,
    Reach,
    State,
    replay,
    steps,
)
from spm.domain.pipeline.stages import StageKind, StageUnknown
from tests.domain.pipeline.logs import (
    ANN,
    BOB,
    FIRST,
    LOST,
    ONBOARDING,
    PIPELINE,
    RECORDED,
    SECOND,
    THIRD,
    WON,
    Log,
    at,
    on,
)


def history(log: Log) -> History:
    return replay(log.events, PIPELINE)


def reached(log: Log) -> dict[StageId, Reach]:
    return {reach.stage_id: reach for reach in history(log).reaches}


def state_at(log: Log, when: datetime) -> State:
    state = history(log).at(when)
    assert state is not None
    return state


def test_a_won_deal_is_open_until_the_day_it_closes() -> None:
    log = Log().created(1).moved(5, SECOND).moved(9, WON)
    assert history(log).at(at(1)) is None
    assert state_at(log, at(2)).stage_id == FIRST
    assert state_at(log, at(9)).stage_kind is StageKind.OPEN
    current = history(log).current
    assert (current.stage_kind, current.opened_on, current.closed_on) == (
        StageKind.WON,
        on(1),
        on(9),
    )


def test_a_skipped_stage_is_passed_and_lost_passes_nothing() -> None:
    assert {
        stage: reach.reached_on
        for stage, reach in reached(Log().created(1).moved(4, THIRD)).items()
    } == {
        FIRST: on(1),
        SECOND: on(4),
        THIRD: on(4),
    }
    assert set(reached(Log().created(1).moved(4, LOST))) == {FIRST, LOST}
    assert set(reached(Log().created(1).moved(4, WON))) == {FIRST, SECOND, THIRD, WON}
    assert set(reached(Log().created(1, LOST))) == {LOST}


def test_a_backward_move_does_not_erase_what_was_reached() -> None:
    log = Log().created(1).moved(3, THIRD).moved(5, FIRST).moved(7, SECOND)
    assert reached(log)[THIRD].reached_on == on(3)
    assert reached(log)[SECOND].reached_on == on(3)
    assert history(log).current.stage_id == SECOND


def test_a_reopened_deal_is_won_before_and_open_after() -> None:
    log = Log().created(1).moved(3, WON).add(EventKind.REOPENED, 6, stage_id=SECOND).moved(9, LOST)
    assert state_at(log, at(5)).closed_on == on(3)
    assert state_at(log, at(7)).closed_on is None
    assert (history(log).current.stage_kind, history(log).current.closed_on) == (
        StageKind.LOST,
        on(9),
    )


def test_the_owner_at_the_close_stays_credited() -> None:
    log = Log().created(1).given(2, BOB).moved(3, WON).given(5, ANN)
    assert state_at(log, at(3)).credited_owner_id == BOB
    current = history(log).current
    assert (current.owner_id, current.credited_owner_id) == (ANN, BOB)
    log.add(EventKind.REOPENED, 8, stage_id=FIRST)
    assert history(log).current.credited_owner_id == ANN


def test_a_won_deal_stays_won_on_its_day_through_later_won_stages() -> None:
    log = Log().created(1).moved(3, WON).given(4, BOB).moved(9, ONBOARDING)
    current = history(log).current
    assert (current.closed_on, current.credited_owner_id) == (on(3), ANN)
    assert reached(log)[WON].reached_on == on(3)
    assert reached(log)[ONBOARDING].reached_on == on(9)


def test_from_won_to_lost_is_another_close() -> None:
    log = Log().created(1).moved(3, WON).given(4, BOB).add(EventKind.REOPENED, 9, stage_id=LOST)
    current = history(log).current
    assert (current.closed_on, current.credited_owner_id) == (on(9), BOB)


def test_an_undated_deal_counts_from_its_recording_on() -> None:
    log = Log().created(None)
    assert history(log).at(RECORDED) is None
    later = state_at(log, RECORDED + timedelta(microseconds=1))
    assert (later.opened_on, later.is_dated) == (None, False)
    assert reached(log)[FIRST].reached_on is None


def test_what_is_dated_follows_what_is_not() -> None:
    """As in a source that dates all stages but the first."""
    log = Log().created(None).moved(5, SECOND).moved(9, WON)
    assert history(log).at(at(5)) is None
    assert state_at(log, at(6)).stage_id == SECOND
    assert history(log).current.opened_on == on(5)
    assert reached(log)[FIRST].reached_on == on(5)
    assert len(history(log).intervals) == 2


def test_an_undated_start_recorded_earlier_counts_until_the_first_date() -> None:
    log = (
        Log()
        .add(EventKind.CREATED, None, stage_id=FIRST, owner_id=ANN, recorded_at=at(2))
        .moved(5, SECOND)
    )
    assert state_at(log, at(4)).stage_id == FIRST
    assert state_at(log, at(4)).opened_on is None
    assert state_at(log, at(6)).stage_id == SECOND


def test_an_undated_close_has_no_date() -> None:
    log = Log().created(None).moved(None, WON)
    assert (history(log).current.stage_kind, history(log).current.closed_on) == (
        StageKind.WON,
        None,
    )


def test_of_several_events_at_one_instant_the_last_one_holds() -> None:
    log = (
        Log().created(1).moved(4, SECOND).moved(4, THIRD).worth(4, 500).moved(4, WON).worth(4, 700)
    )
    assert len(history(log).intervals) == 2
    current = history(log).current
    assert (current.stage_id, current.amount) == (WON, Money("EUR", 700))
    assert reached(log)[WON].amount == Money("EUR", 700)
    assert reached(log)[FIRST].amount == Money("EUR", 100)


def test_a_reach_keeps_the_amount_and_owner_of_its_time() -> None:
    log = Log().created(1).moved(3, SECOND).worth(5, 900).given(6, BOB)
    assert (reached(log)[SECOND].amount, reached(log)[SECOND].owner_id) == (Money("EUR", 100), ANN)


def test_what_is_written_down_late_takes_its_place() -> None:
    in_order = Log().created(1).moved(3, SECOND).moved(6, THIRD)
    late = Log().created(1).moved(6, THIRD).moved(3, SECOND)
    assert history(late).intervals == history(in_order).intervals
    assert history(late).reaches == history(in_order).reaches


def test_a_move_dated_before_the_creation_makes_the_deal_that_old() -> None:
    log = Log().created(5).moved(2, SECOND)
    assert history(log).current.stage_id == SECOND
    assert history(log).current.opened_on == on(2)
    assert [reach.reached_on for reach in history(log).reaches] == [on(2), on(2)]


def test_an_event_that_changes_nothing_makes_no_new_state() -> None:
    log = Log().created(1).worth(3, 100).moved(4, FIRST)
    assert len(history(log).intervals) == 1


def test_a_stage_of_another_pipeline_is_refused() -> None:
    with pytest.raises(StageUnknown):
        history(Log().created(1).moved(2, StageId(99)))


@pytest.mark.parametrize("log", [Log(), Log().moved(1, FIRST), Log().created(1).created(2)])
def test_a_log_without_exactly_one_creation_is_broken(log: Log) -> None:
    with pytest.raises(BrokenLog):
        history(log)


# -- what holds for any log

days = st.one_of(st.none(), st.integers(2, 12))
stages = st.sampled_from([stage.id for stage in PIPELINE.stages])
changes = st.lists(
    st.tuples(
        st.sampled_from([EventKind.STAGE, EventKind.AMOUNT, EventKind.OWNER]),
        days,
        stages,
        st.integers(0, 3),
        st.sampled_from([ANN, BOB]),
        st.integers(0, 400),
    ),
    max_size=10,
)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    log = Log().created(draw(st.one_of(st.none(), st.just(1))), draw(stages))
    for kind, day, stage, minor, owner, recorded in draw(changes):
        log.add(
            kind,
            day,
            stage_id=stage,
            owner_id=owner,
            amount=Money("EUR", minor),
            recorded_at=at(recorded + 1),
        )
    return log.events


@given(logs())
def test_states_tile_time_from_the_beginning_to_forever(events: list[Event]) -> None:
    intervals = replay(events, PIPELINE).intervals
    assert all(interval.from_at < interval.to_at for interval in intervals)
    assert all(a.to_at == b.from_at for a, b in pairwise(intervals))
    assert intervals[-1].to_at == FOREVER


@given(
    logs(),
    logs(),
    st.sampled_from([FIRST, SECOND, THIRD, WON, ONBOARDING, LOST]),
    st.booleans(),
)
def test_a_move_that_was_taken_back_was_never_made(
    events: list[Event], more: list[Event], stage: StageId, is_priced: bool
) -> None:
    """States, credit, dates and reaches are those of the log without it, whatever else happened."""
    last = max((event.occurred_at for event in events if event.occurred_at), default=at(1))
    state = replay(events, PIPELINE).current
    slip = Event(
        id=901,
        deal_id=events[0].deal_id,
        kind=EventKind.STAGE,
        occurred_at=last,
        occurred_on=last.date(),
        recorded_at=at(20),
        stage_id=stage,
    )
    price = replace(slip, id=902, kind=EventKind.AMOUNT, amount=Money("EUR", 7), stage_id=None)
    undo = replace(slip, id=903, stage_id=state.stage_id, undoes_id=901)
    back = replace(price, id=904, amount=state.amount)
    slipped = [slip, price, undo, back] if is_priced else [slip, undo]
    later = [
        replace(event, id=1000 + event.id)
        for event in more[1:]
        if event.occurred_at is not None and event.occurred_at > last
    ]
    if any(event.is_dated for event in events):
        assert replay([*events, *slipped, *later], PIPELINE) == replay([*events, *later], PIPELINE)


def test_a_win_that_was_reopened_by_a_slip_keeps_its_day_and_its_credit() -> None:
    log = Log().created(1).moved(5, WON).given(8, BOB).moved(9, THIRD).undone(9, WON, 4)
    current = history(log).current
    assert (current.closed_on, current.credited_owner_id, current.owner_id) == (on(5), ANN, BOB)
    assert history(log).stage_since_at == at(5)


def test_an_undo_whose_move_an_import_took_out_is_a_move() -> None:
    log = Log().created(1).moved(5, THIRD).undone(5, SECOND, 2)
    log.events = [event for event in log.events if event.id != 2]
    assert reached(log)[SECOND].reached_on == on(5)
    assert history(log).current.stage_id == SECOND


@given(logs(), st.integers(1, 14))
def test_the_state_as_of_an_instant_is_the_replay_of_what_counts_before_it(
    events: list[Event], day: int
) -> None:
    counted = [step.event for step in steps(events, PIPELINE) if step.at < at(day)]
    then = replay(events, PIPELINE).at(at(day))
    if counted:
        assert then == replay(counted, PIPELINE).current
    else:
        assert then is None


@given(logs())
def test_no_stage_is_reached_before_one_that_it_lies_beyond(events: list[Event]) -> None:
    reaches = [reach for reach in replay(events, PIPELINE).reaches if reach.stage_id != LOST]
    dates = [reach.reached_on for reach in reaches if reach.reached_on is not None]
    assert dates == sorted(dates)
    assert [reach.position for reach in reaches] == list(range(1, len(reaches) + 1))


@given(logs(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_handed_in_does_not_matter(
    events: list[Event], random: Random
) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert replay(shuffled, PIPELINE) == replay(events, PIPELINE)


@given(logs(), logs())
def test_a_reach_once_dated_never_moves_later_when_more_is_learned(
    events: list[Event], more: list[Event]
) -> None:
    """Reaches grow: later events never take a reach away or date it later."""
    before = replay(events, PIPELINE).reaches
    last = max((event.occurred_at for event in events if event.occurred_at), default=at(1))
    later = Log()
    later.events = list(events)
    for event in more[1:]:
        later.events.append(
            Event(
                id=1000 + event.id,
                deal_id=event.deal_id,
                kind=event.kind,
                occurred_at=last,
                occurred_on=last.date(),
                recorded_at=event.recorded_at,
                stage_id=event.stage_id,
                owner_id=event.owner_id,
                amount=event.amount,
            )
        )
    after = {reach.stage_id: reach for reach in replay(later.events, PIPELINE).reaches}
    for reach in before:
        assert reach.stage_id in after
        if reach.reached_at is not None:
            assert after[reach.stage_id].reached_at == reach.reached_at
