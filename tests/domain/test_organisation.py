"""The organisation: dated facts, trees, lines, settings."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.errors import Invalid
from spm.domain.ids import PersonId
from spm.domain.money import CurrencyUnknown
from spm.domain.organisation import (
    DayUnfit,
    EmailUnfit,
    Line,
    LineCircle,
    LocaleUnknown,
    MonthUnknown,
    NameMissing,
    Person,
    Span,
    TreeCircle,
    ZoneUnknown,
    changed,
    check_line,
    check_parent,
    check_settings,
    clean_email,
    descendants,
    people_below,
    time_zones,
)
from spm.domain.period import EVER, NEVER

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=i) for i in range(12)]
JAN, MAR, JUN, SEP = (date(2026, month, 1) for month in (1, 3, 6, 9))
A, B, C = 1, 2, 3


@pytest.mark.parametrize(
    ("before", "day", "target", "after"),
    [
        ([], MAR, A, [Span(A, MAR, NEVER)]),
        ([Span(A, EVER, NEVER)], MAR, B, [Span(A, EVER, MAR), Span(B, MAR, NEVER)]),
        ([Span(A, EVER, NEVER)], MAR, None, [Span(A, EVER, MAR)]),
        ([Span(A, EVER, NEVER)], MAR, A, [Span(A, EVER, NEVER)]),
        # a correction into the past: the later move stays
        (
            [Span(A, EVER, MAR), Span(B, MAR, NEVER)],
            JAN,
            C,
            [Span(A, EVER, JAN), Span(C, JAN, MAR), Span(B, MAR, NEVER)],
        ),
        # the same day again: the earlier word for it goes
        ([Span(A, EVER, MAR), Span(B, MAR, NEVER)], MAR, C, [Span(A, EVER, MAR), Span(C, MAR, NEVER)]),
        # taken back: what was before holds on
        ([Span(A, EVER, MAR), Span(B, MAR, NEVER)], MAR, A, [Span(A, EVER, NEVER)]),
        # a leave is a change too
        ([Span(A, EVER, JUN)], MAR, B, [Span(A, EVER, MAR), Span(B, MAR, JUN)]),
        ([Span(A, EVER, JUN), Span(B, SEP, NEVER)], JUN, C, [Span(A, EVER, JUN), Span(C, JUN, SEP), Span(B, SEP, NEVER)]),
    ],
)  # fmt: skip
def test_a_change_replaces_one_stretch_and_no_other(
    before: list[Span], day: date, target: int | None, after: list[Span]
) -> None:
    assert changed(before, day, target) == tuple(after)


changes = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from([None, A, B, C])), max_size=8)


@given(changes)
def test_a_change_holds_from_its_day_and_touches_nothing_before_or_after_the_next(
    steps: list[tuple[date, int | None]],
) -> None:
    spans: tuple[Span, ...] = ()
    for day, target in steps:
        edges = {edge for span in spans for edge in (span.start_on, span.end_on)}
        until = min((edge for edge in edges if edge > day), default=NEVER)
        expected = {at: target if day <= at < until else _on(spans, at) for at in DAYS}
        spans = changed(spans, day, target)
        assert {at: _on(spans, at) for at in DAYS} == expected
        assert all(one.end_on <= two.start_on for one, two in pairwise(spans))
        assert all(
            one.end_on < two.start_on or one.target_id != two.target_id
            for one, two in pairwise(spans)
        )
        assert changed(spans, day, target) == spans


def _on(spans: tuple[Span, ...], day: date) -> int | None:
    held = [span.target_id for span in spans if span.covers(day)]
    assert len(held) <= 1
    return held[0] if held else None


def test_a_change_happens_before_the_end_of_days() -> None:
    with pytest.raises(DayUnfit):
        changed([], NEVER, A)


def test_a_change_can_hold_since_ever() -> None:
    assert changed([Span(A, MAR, NEVER)], EVER, B) == (Span(B, EVER, MAR), Span(A, MAR, NEVER))


pairs = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=20)


@given(pairs, st.integers(1, 8))
def test_people_below_are_those_reached_by_lines_never_the_leader(
    lines: list[tuple[int, int]], leader: int
) -> None:
    below = people_below(lines, leader)
    assert leader not in below
    reached = {leader}
    while new := {report for manager, report in lines if manager in reached} - reached:
        reached |= new
    assert below == reached - {leader}


def test_a_tree_knows_what_stands_below() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: 1}
    assert descendants(parents, 1) == {2, 3, 4}
    assert descendants(parents, 4) == frozenset()
    # a circle in old data does not trap
    assert descendants({1: 2, 2: 1}, 1) == {2}


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6) | st.none()), max_size=20))
def test_a_tree_never_becomes_a_circle(moves: list[tuple[int, int | None]]) -> None:
    parents: dict[int, int | None] = dict.fromkeys(range(1, 7))
    for child, parent in moves:
        try:
            check_parent(parents, child, parent)
        except TreeCircle:
            assert parent is not None
            assert parent == child or parent in descendants(parents, child)
        else:
            parents[child] = parent
        assert all(child not in descendants(parents, child) for child in parents)
        assert sum(parent is None for parent in parents.values()) >= 1


def _line(person: int, manager: int, start: date = EVER, end: date = NEVER) -> Line:
    return Line(PersonId(person), PersonId(manager), start, end)


@pytest.mark.parametrize(
    ("lines", "person", "span", "circle_on"),
    [
        ([], 1, Span(1, EVER, NEVER), EVER),
        ([_line(2, 1)], 1, Span(2, JAN, NEVER), JAN),
        ([_line(2, 1), _line(3, 2)], 1, Span(3, JAN, NEVER), JAN),
        # the manager comes below the person only later
        ([_line(2, 1, JUN)], 1, Span(2, JAN, NEVER), JUN),
        ([_line(2, 1, JUN)], 1, Span(2, JAN, JUN), None),
        ([_line(2, 1, EVER, MAR)], 1, Span(2, MAR, NEVER), None),
        ([_line(2, 3), _line(3, 4)], 1, Span(2, JAN, NEVER), None),
        # the person's own other lines do not count
        ([_line(1, 2)], 1, Span(2, JAN, NEVER), None),
    ],
)
def test_nobody_leads_himself_on_any_day(
    lines: list[Line], person: int, span: Span, circle_on: date | None
) -> None:
    if circle_on is None:
        check_line(lines, PersonId(person), span)
    else:
        with pytest.raises(LineCircle) as caught:
            check_line(lines, PersonId(person), span)
        assert caught.value.facts["day"] == circle_on


SETTINGS = {
    "name": "Example",
    "time_zone": "Asia/Tokyo",
    "currency": "JPY",
    "fiscal_start": 4,
    "locale": "ja",
}


def test_settings_that_hold_make_an_organisation() -> None:
    organisation = check_settings(**SETTINGS)  # type: ignore[arg-type]
    assert organisation.is_set_up
    assert (organisation.zone.key, organisation.fiscal_start) == ("Asia/Tokyo", 4)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", NameMissing),
        ("time_zone", "Mars/Olympus", ZoneUnknown),
        ("time_zone", "../etc/passwd", ZoneUnknown),
        ("time_zone", "posixrules", ZoneUnknown),
        ("currency", "EURO", CurrencyUnknown),
        ("fiscal_start", 13, MonthUnknown),
        ("locale", "xx", LocaleUnknown),
    ],
)
def test_settings_that_do_not_hold_name_their_field(
    field: str, value: object, error: type[Invalid]
) -> None:
    with pytest.raises(error) as caught:
        check_settings(**(SETTINGS | {field: value}))  # type: ignore[arg-type]
    assert caught.value.field == field


def test_the_zones_are_places_and_utc() -> None:
    assert {"UTC", "Europe/Kyiv", "Asia/Seoul", "America/New_York"} <= time_zones()
    assert not {"EST5EDT", "Etc/GMT+5", "Factory"} & time_zones()


@pytest.mark.parametrize(
    "email", ["ada@example.com", " Ada.L+x@sub.example.co ", "олена@приклад.укр", "a@localhost"]
)
def test_an_address_is_taken_as_it_is(email: str) -> None:
    assert clean_email(email) == email.strip()


@pytest.mark.parametrize(
    "email",
    ["", "ada", "@example.com", "ada@", "ada@@example.com", "a b@example.com", "ada@ex..com", "ada@-x.com",
     "ada@example.com\nBcc: x@y.z", "<ada@example.com>", "a" * 65 + "@example.com", "ada@exa_mple.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(EmailUnfit):
        clean_email(email)


@pytest.mark.parametrize(("left_on", "has_left"), [(None, False), (JAN, True), (MAR, False)])
def test_a_person_is_gone_from_the_day_of_leaving_on(
    left_on: date | None, *, has_left: bool
) -> None:
    assert Person(PersonId(1), "Ada", left_on=left_on).has_left(JAN) is has_left
