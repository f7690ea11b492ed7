"""What led from one pipeline to the next adds up to the cent, whatever happened (metrics.md 3.7)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.analytics.waterfall import (
    Cause,
    Compared,
    Pushed,
    Standing,
    changes_of,
    pushed,
    slippage,
    waterfalls,
)
from spm.domain.ids import DealId, PersonId
from spm.domain.money import Money
from spm.domain.period import Period
from spm.domain.pipeline.history import Event, EventKind, State, replay
from spm.domain.pipeline.stages import StageKind
from tests.domain.pipeline.logs import (
    ANN,
    BOB,
    FIRST,
    LOST,
    PIPELINE,
    RECORDED,
    SECOND,
    WON,
    at,
    on,
)

OPEN = StageKind.OPEN
QUARTER = Period(date(2026, 4, 1), date(2026, 7, 1))
MARCH, MAY, AUGUST = date(2026, 3, 10), date(2026, 5, 10), date(2026, 8, 10)


def mine(
    minor: int | None = 100,
    expected: date | None = MAY,
    kind: StageKind = OPEN,
    closed: date | None = None,
    currency: str = "EUR",
) -> Standing:
    return Standing(kind, is_mine=True, minor=minor, currency=currency, expected_on=expected,
                    closed_on=closed)  # fmt: skip


def theirs(
    minor: int | None = 100, expected: date | None = MAY, kind: StageKind = OPEN
) -> Standing:
    return Standing(kind, is_mine=False, minor=minor, currency="EUR", expected_on=expected)


WON_NOW = mine(150, MAY, StageKind.WON, MAY)
LOST_NOW = mine(100, MAY, StageKind.LOST, MAY)

CASES: tuple[tuple[str, Standing | None, Standing, list[tuple[Cause, int]]], ...] = (
    ("stays", mine(), mine(), []),
    ("new", None, mine(70), [(Cause.NEW, 70)]),
    ("new without an amount", None, mine(None), [(Cause.NEW, 0)]),
    ("grows", mine(100), mine(130), [(Cause.INCREASED, 30)]),
    ("shrinks", mine(100), mine(40), [(Cause.DECREASED, -60)]),
    ("gets an amount", mine(None), mine(40), [(Cause.INCREASED, 40)]),
    ("loses its amount", mine(40), mine(None), [(Cause.DECREASED, -40)]),
    ("won, for more than it was", mine(100), WON_NOW, [(Cause.WON, -100)]),
    ("lost", mine(100), LOST_NOW, [(Cause.LOST, -100)]),
    ("comes and is won", None, WON_NOW, [(Cause.NEW, 150), (Cause.WON, -150)]),
    ("comes and is lost", None, LOST_NOW, [(Cause.NEW, 100), (Cause.LOST, -100)]),
    ("reopened", LOST_NOW, mine(80), [(Cause.REOPENED, 80)]),
    ("was won and still is", WON_NOW, WON_NOW, []),
    ("handed in", theirs(), mine(90), [(Cause.HANDED_IN, 90)]),
    ("handed out, and worth more", mine(100), theirs(120), [(Cause.HANDED_OUT, -100)]),
    ("won by who took it over", mine(100), theirs(kind=StageKind.WON), [(Cause.HANDED_OUT, -100)]),
    ("handed in and won", theirs(), WON_NOW, [(Cause.HANDED_IN, 150), (Cause.WON, -150)]),
    ("pulled in from later", mine(100, AUGUST), mine(110), [(Cause.PULLED_IN, 110)]),
    ("pushed in from before", mine(100, MARCH), mine(100), [(Cause.PUSHED_IN, 100)]),
    ("gets a date", mine(100, None), mine(100), [(Cause.DATED, 100)]),
    ("pulled in, and handed in as well", theirs(100, AUGUST), mine(), [(Cause.PULLED_IN, 100)]),
    ("pushed out", mine(100), mine(130, AUGUST), [(Cause.PUSHED_OUT, -100)]),
    ("pushed out and handed out", mine(100), theirs(100, AUGUST), [(Cause.PUSHED_OUT, -100)]),
    ("pulled out to before", mine(100), mine(100, MARCH), [(Cause.PULLED_OUT, -100)]),
    ("loses its date", mine(100), mine(100, None), [(Cause.UNDATED, -100)]),
    ("won after it was pushed", mine(100), mine(100, AUGUST, StageKind.WON, MAY),
     [(Cause.WON, -100)]),
    ("never in the period", mine(100, AUGUST), mine(200, AUGUST), []),
    ("other currency", mine(100), mine(90, currency="USD"),
     [(Cause.CURRENCY_OUT, -100), (Cause.CURRENCY_IN, 90)]),
    ("somebody else's", theirs(), theirs(kind=StageKind.WON), []),
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_deal_has_the_cause_that_comes_first(
    before: Standing | None, after: Standing, expected: list[tuple[Cause, int]]
) -> None:
    found = changes_of(Compared(DealId(1), before, after), QUARTER)
    assert [(change.cause, change.minor) for change in found] == expected


def test_without_a_period_dates_move_nothing() -> None:
    assert changes_of(Compared(DealId(1), mine(100, AUGUST), mine(100, MARCH)), None) == ()


def test_a_worked_example() -> None:
    """350 + 500 new + 20 up − 100 won − 50 handed out = 720; two came, two went: 3 + 1 − 2 = 2."""
    deals = [
        Compared(DealId(1), mine(100), mine(100, MAY, StageKind.WON, MAY)),
        Compared(DealId(2), mine(200), mine(220)),
        Compared(DealId(3), mine(50), theirs(50)),
        Compared(DealId(4), None, mine(500)),
    ]
    (fall,) = waterfalls(deals)
    assert (fall.start.minor, fall.start.deals) == (350, 3)
    assert (fall.end.minor, fall.end.deals) == (720, 2)
    assert [(bar.cause, bar.minor) for bar in fall.bars] == [
        (Cause.NEW, 500),
        (Cause.INCREASED, 20),
        (Cause.HANDED_OUT, -50),
        (Cause.WON, -100),
    ]
    assert fall.is_reconciled


# --- Any log reconciles ---------------------------------------------------------------------------

CURRENCIES = ("EUR", "USD")
days = st.one_of(st.none(), st.integers(1, 40))
amounts = st.one_of(
    st.none(), st.builds(Money, st.sampled_from(CURRENCIES), st.integers(0, 10**12))
)
dates = st.one_of(st.none(), st.integers(1, 80).map(on))


@st.composite
def events(draw: st.DrawFn, number: int) -> list[Event]:
    """One deal's log: a creation and whatever follows, dated or not, in any order."""
    kinds = st.sampled_from(
        (EventKind.STAGE, EventKind.AMOUNT, EventKind.CLOSE_DATE, EventKind.OWNER)
    )
    made: list[Event] = []
    for place, kind in enumerate([EventKind.CREATED, *draw(st.lists(kinds, max_size=6))]):
        day = draw(days)
        made.append(
            Event(
                id=place + 1,
                deal_id=DealId(number),
                kind=kind,
                occurred_at=None if day is None else at(day),
                occurred_on=None if day is None else on(day),
                recorded_at=RECORDED if day is None else at(day) + timedelta(days=1),
                stage_id=draw(st.sampled_from((FIRST, SECOND, WON, LOST))),
                owner_id=draw(st.sampled_from((ANN, BOB))),
                amount=draw(amounts),
                expected_close_on=draw(dates),
            )
        )
    return made


def standing(state: State | None, whose: PersonId) -> Standing | None:
    if state is None:
        return None
    return Standing(
        state.stage_kind,
        state.credited_owner_id == whose,
        None if state.amount is None else state.amount.minor,
        "EUR" if state.amount is None else state.amount.currency,
        state.expected_close_on,
        state.closed_on,
    )


def worth(states: Sequence[State | None], closing: Period | None) -> dict[str, tuple[int, int]]:
    """The pipeline of ANN counted anew from the states: money and deals by currency."""
    found: dict[str, tuple[int, int]] = {}
    for state in states:
        if state is None or state.stage_kind is not OPEN or state.owner_id != ANN:
            continue
        if closing is not None and (
            state.expected_close_on is None
            or not closing.start <= state.expected_close_on < closing.end
        ):
            continue
        currency = "EUR" if state.amount is None else state.amount.currency
        minor, number = found.get(currency, (0, 0))
        found[currency] = (minor + (state.amount.minor if state.amount else 0), number + 1)
    return found


logs = st.integers(1, 5).flatmap(lambda n: st.tuples(*(events(i) for i in range(1, n + 1))))
closings = st.one_of(st.none(), st.just(Period(on(15), on(45))))


@given(logs, st.integers(1, 41), st.integers(1, 41), closings)
def test_any_log_reconciles_to_the_cent(
    log: tuple[list[Event], ...], first: int, second: int, closing: Period | None
) -> None:
    begin, end = at(min(first, second)), at(max(first, second))
    histories = [replay(one, PIPELINE) for one in log]
    before = [history.at(begin) for history in histories]
    after = [history.at(end) for history in histories]
    deals = [
        Compared(DealId(number), standing(old, ANN), new_standing)
        for number, (old, new) in enumerate(zip(before, after, strict=True), start=1)
        if (new_standing := standing(new, ANN)) is not None
    ]
    found = waterfalls(deals, closing)
    for fall in found:
        assert fall.is_reconciled
        bars = sum(bar.minor for bar in fall.bars)
        assert fall.start.minor + bars == fall.end.minor
        assert all(bar.minor == sum(change.minor for change in bar.changes) for bar in fall.bars)
    starts = {f.currency: (f.start.minor, f.start.deals) for f in found if f.start.deals}
    ends = {f.currency: (f.end.minor, f.end.deals) for f in found if f.end.deals}
    assert starts == worth(before, closing)
    assert ends == worth(after, closing)


@given(logs, st.integers(1, 41), st.integers(1, 41), st.integers(1, 41), closings)
def test_two_ways_in_a_row_lead_as_far_as_one(
    log: tuple[list[Event], ...], one: int, two: int, three: int, closing: Period | None
) -> None:
    begin, middle, end = (at(day) for day in sorted((one, two, three)))
    histories = [replay(each, PIPELINE) for each in log]

    def total(start: object, stop: object) -> dict[str, int]:
        deals = []
        for number, history in enumerate(histories, start=1):
            new = standing(history.at(stop), ANN)  # type: ignore[arg-type]
            if new is not None:
                old = standing(history.at(start), ANN)  # type: ignore[arg-type]
                deals.append(Compared(DealId(number), old, new))
        found = waterfalls(deals, closing)
        return {fall.currency: sum(bar.minor for bar in fall.bars) for fall in found}

    parts = [total(begin, middle), total(middle, end)]
    added = {c: sum(part.get(c, 0) for part in parts) for c in CURRENCIES}
    whole = total(begin, end)
    assert added == {c: whole.get(c, 0) for c in CURRENCIES}


# --- Slippage and pushes -----------------------------------------------------------------------------


def test_slippage_counts_what_was_to_close_and_is_still_open() -> None:
    """Of four worth 1,000: one pushed (100) and one left open (200) slip, lost and won do not."""
    deals = [
        Compared(DealId(1), mine(100), mine(100, AUGUST)),
        Compared(DealId(2), mine(200), mine(200)),
        Compared(DealId(3), mine(300), LOST_NOW),
        Compared(DealId(4), mine(400), WON_NOW),
        Compared(DealId(5), mine(900, AUGUST), mine(900, AUGUST)),
        Compared(DealId(6), None, mine(900)),
    ]
    over = slippage(deals, QUARTER, is_over=True)
    assert (over.baseline, over.slipped, over.rate) == (4, 2, Decimal("0.5"))
    assert (over.baseline_minor, over.slipped_minor) == ((("EUR", 1_000),), (("EUR", 300),))
    running = slippage(deals, QUARTER, is_over=False)
    assert (running.slipped, running.slipped_minor) == (1, (("EUR", 100),))


def test_without_anything_to_slip_there_is_no_rate() -> None:
    found = slippage([], QUARTER, is_over=True)
    assert (found.rate, found.baseline_minor) == (None, ())


def test_a_push_is_counted_once_a_day_and_a_crossing_when_it_leads_into_a_later_quarter() -> None:
    said: list[tuple[date | None, date | None]] = [
        (date(2026, 3, 1), date(2026, 4, 20)),
        (date(2026, 4, 2), date(2026, 5, 1)),  # a push
        (date(2026, 4, 2), date(2026, 6, 1)),  # on the same day: still one
        (date(2026, 5, 5), date(2026, 5, 20)),  # earlier: none
        (date(2026, 6, 1), date(2026, 9, 1)),  # into the next quarter
        (date(2026, 6, 9), date(2026, 12, 1)),
        (date(2026, 6, 9), date(2026, 9, 1)),  # taken back on the same day: none
        (date(2026, 7, 1), date(2027, 1, 1)),  # after the period
    ]
    assert pushed(said, QUARTER, 1) == Pushed(2, 1)


def test_what_has_no_day_or_no_date_is_no_push() -> None:
    said: list[tuple[date | None, date | None]] = [
        (None, date(2026, 4, 20)),
        (None, date(2026, 8, 20)),
        (date(2026, 5, 1), None),
        (date(2026, 5, 2), date(2026, 12, 20)),
    ]
    assert pushed(said, QUARTER, 1) == Pushed(0, 0)
