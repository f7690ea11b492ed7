"""What a source says, against the log that is there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from spm.domain.ids import AccountId, DealId, PersonId, PipelineId, StageId
from spm.domain.intake.events import Entry, Merge, Told, first_events, merged
from spm.domain.money import Money
from spm.domain.pipeline.history import Event, EventKind, replay
from spm.domain.pipeline.stages import Pipeline, Stage, StageKind

DEAL = DealId(1)
PIPELINE = Pipeline(
    PipelineId(1),
    "P",
    tuple(
        Stage(StageId(number), name, kind, number)
        for number, (name, kind) in enumerate(
            [
                ("A", StageKind.OPEN),
                ("B", StageKind.OPEN),
                ("C", StageKind.OPEN),
                ("W", StageKind.WON),
                ("L", StageKind.LOST),
            ],
            1,
        )
    ),
)
A, B, C, WON, LOST = (stage.id for stage in PIPELINE.stages)
START = date(2026, 1, 1)
FIRST, SECOND = (datetime(2026, month, 1, tzinfo=UTC) for month in (6, 9))
RULES = frozenset({EventKind.OWNER, EventKind.AMOUNT, EventKind.ACCOUNT})


def entry(stage: StageId, day: int | None) -> Entry:
    if day is None:
        return Entry(stage, None, None)
    on = START + timedelta(days=day)
    return Entry(stage, datetime(on.year, on.month, on.day, tzinfo=UTC), on)


def told(
    *entries: Entry, owner: int = 1, amount: int | None = 100, account: int | None = 1
) -> Told:
    money = None if amount is None else Money("USD", amount)
    return Told(
        entries=entries,
        owner_id=PersonId(owner),
        amount=money,
        opening_amount=money,
        account_id=None if account is None else AccountId(account),
        territory_id=None,
        expected_close_on=None,
        rules=RULES,
    )


def numbered(events: tuple[Event, ...], behind: int = 0) -> list[Event]:
    return [replace(event, id=behind + number) for number, event in enumerate(events, 1)]


def applied(log: list[Event], merge: Merge) -> list[Event]:
    voided = {event.id for event in merge.voided}
    kept = [event for event in log if event.id not in voided]
    return kept + numbered(merge.added, max(event.id for event in log))


def loaded(*tellings: Told) -> list[Event]:
    first, *later = tellings
    log = numbered(first_events(DEAL, first, PIPELINE, FIRST))
    for telling in later:
        log = applied(log, merged(log, telling, PIPELINE, SECOND, SECOND.date()))
    return log


def test_the_same_again_adds_nothing() -> None:
    for one in (told(entry(A, None), entry(B, 3)), told(entry(WON, 3)), told(entry(A, None))):
        assert merged(loaded(one), one, PIPELINE, SECOND, SECOND.date()) == Merge()


def test_a_deal_that_moved_on_is_continued() -> None:
    log = loaded(told(entry(A, 0), entry(B, 3)))
    later = told(entry(A, 0), entry(B, 3), entry(WON, 9), amount=120)
    merge = merged(log, later, PIPELINE, SECOND, SECOND.date())
    assert not merge.voided
    assert [event.kind for event in merge.added] == [EventKind.AMOUNT, EventKind.STAGE]
    assert {event.occurred_on for event in merge.added} == {date(2026, 1, 10)}


def test_a_change_without_a_date_happened_when_it_was_seen() -> None:
    log = loaded(told(entry(A, 0)))
    merge = merged(log, told(entry(A, 0), amount=150, owner=2), PIPELINE, SECOND, SECOND.date())
    assert not merge.voided
    assert {event.occurred_at for event in merge.added} == {SECOND}
    history = replay(applied(log, merge), PIPELINE)
    state = history.at(SECOND)
    assert state is not None
    assert state.amount == Money("USD", 100)
    assert history.current.amount == Money("USD", 150)


def test_a_corrected_date_takes_the_old_one_back() -> None:
    log = loaded(told(entry(A, 0), entry(WON, 9)))
    merge = merged(log, told(entry(A, 0), entry(WON, 12)), PIPELINE, SECOND, SECOND.date())
    assert EventKind.STAGE in {event.kind for event in merge.voided}
    assert replay(applied(log, merge), PIPELINE).current.closed_on == date(2026, 1, 13)


def test_a_deal_that_is_open_again_was_reopened_and_keeps_its_past() -> None:
    log = loaded(told(entry(A, 0), entry(B, 2), entry(WON, 9)), told(entry(A, 0), entry(B, 2)))
    history = replay(log, PIPELINE)
    past = history.at(datetime(2026, 2, 1, tzinfo=UTC))
    assert past is not None
    assert past.stage_kind is StageKind.WON
    assert history.current.stage_id == B
    assert log[-1].kind is EventKind.REOPENED


@st.composite
def tellings(draw: st.DrawFn) -> Told:
    """What a file may say of a deal: open stages in order, perhaps a close, the first perhaps undated."""
    stages = draw(st.lists(st.sampled_from([A, B, C]), unique=True, max_size=3).map(sorted))
    if not stages or draw(st.booleans()):
        stages.append(draw(st.sampled_from([WON, LOST])))
    days: list[int | None] = [*sorted(draw(st.integers(0, 200)) for _ in stages)]
    if draw(st.booleans()):
        days[0] = None
    if draw(st.integers(0, 4)) == 0:
        days = [None] * len(days)
    one = told(
        *map(entry, stages, days),
        owner=draw(st.integers(1, 3)),
        amount=draw(st.none() | st.integers(0, 5)),
        account=draw(st.none() | st.integers(1, 2)),
    )
    if stages[-1] in {WON, LOST} and draw(st.booleans()):
        return replace(one, opening_amount=Money("USD", draw(st.integers(0, 5))))
    return one


@given(st.lists(tellings(), min_size=2, max_size=4))
@settings(max_examples=400)
def test_after_any_tellings_a_deal_stands_as_if_only_the_last_had_been_told(
    told_before: list[Told],
) -> None:
    found = replay(loaded(*told_before), PIPELINE).current
    wanted = replay(loaded(told_before[-1]), PIPELINE).current
    if wanted.opened_on is None:
        found = replace(found, opened_on=None)
    assert found == wanted


@given(st.lists(tellings(), min_size=1, max_size=3))
def test_what_was_told_last_adds_nothing_when_told_again(told_before: list[Told]) -> None:
    log = loaded(*told_before)
    assert merged(log, told_before[-1], PIPELINE, SECOND, SECOND.date()) == Merge()


@given(tellings(), st.sampled_from([A, B, C, WON, LOST]), st.integers(1, 3))
def test_what_a_person_did_meanwhile_is_overruled(one: Told, stage: StageId, owner: int) -> None:
    log = loaded(one)
    base = Event(len(log) + 1, DEAL, EventKind.STAGE, FIRST, FIRST.date(), FIRST)
    log.append(replace(base, stage_id=stage))
    log.append(replace(base, id=base.id + 1, kind=EventKind.OWNER, owner_id=PersonId(owner)))
    found = replay(applied(log, merged(log, one, PIPELINE, SECOND, SECOND.date())), PIPELINE)
    wanted = replay(loaded(one), PIPELINE).current
    mine = replace(found.current, opened_on=None) if wanted.opened_on is None else found.current
    assert mine == wanted
