"""The three ways of counting a conversion, against the walks of the deals themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from spm.domain.ids import DealId
from spm.domain.metrics.figure import Reading
from spm.domain.metrics.registry import Basis
from spm.domain.organisation import Organisation
from spm.models.organisation import PersonRow
from spm.models.pipeline import (
    DealEventRow,
    DealReachRow,
    DealRollupRow,
    DealRow,
    DealStateRow,
    StageRow,
)
from spm.queries.metrics.asking import Asked, question_of
from spm.queries.metrics.figures import figure
from spm.services.pipeline.history import store
from tests import builders

START = date(2025, 1, 1)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OPEN = ("Prospecting", "Qualification", "Proposal", "Negotiation")
STAGES = (*OPEN, "Won", "Lost")

Walk = Sequence[tuple[int, int]]
"""Stages of a deal in their order, each with the day after ``START`` on which it was entered."""


@dataclass(frozen=True)
class Counted:
    """What a conversion says: went on, resolved, still open."""

    went_on: int
    resolved: int
    still_open: int


def told(reading: Reading) -> Counted:
    return Counted(int(reading.numerator or 0), reading.n, reading.still_open or 0)


def expected(walks: Sequence[Walk], stage: int, basis: Basis, last_day: int) -> Counted:
    """Count by hand: walk by walk, from what each definition says in words."""
    went_on = lost = waiting = 0
    for whole in walks:
        walk = [(at, day) for at, day in whole if day <= last_day]
        stood = [at for at, _ in walk]
        passed = {at: set(range(at + 1)) if at < 4 else set(range(5)) for at in stood if at != 5}
        reached = set().union(*passed.values()) if passed else set()
        if stage not in reached:
            continue
        firsts = list(dict.fromkeys(at for at in stood if at != 5))
        is_in_order = firsts[: stage + 1] == list(range(stage + 1))
        if basis is Basis.STRICT and not is_in_order:
            continue
        if basis is Basis.ANY_ORDER and stage not in stood:
            continue
        advanced = any(at > stage for at in reached)
        if basis is Basis.STRICT:
            advanced = firsts[: stage + 2] == list(range(stage + 2))
            has_left = advanced or any(at > stage for at in reached) or stood[-1] == 5
        else:
            has_left = advanced or stood[-1] == 5
        went_on += advanced
        lost += has_left and not advanced
        waiting += not has_left
    return Counted(went_on, went_on + lost, waiting)


def write(
    session: Session, owner: PersonRow, stages: dict[str, StageRow], walks: Sequence[Walk]
) -> None:
    """Write each walk as the log of a deal, and derive what figures are counted from."""
    for table in (DealRollupRow, DealReachRow, DealStateRow, DealEventRow, DealRow):
        session.execute(delete(table))
    ids = []
    for walk in walks:
        deal = builders.a_deal(session, owner, stages["Prospecting"])
        ids.append(DealId(deal.id))
        for n, (at, day) in enumerate(walk):
            on = START + timedelta(days=day)
            session.add(
                DealEventRow(
                    deal_id=deal.id,
                    kind="created" if n == 0 else "stage",
                    occurred_at=datetime.combine(on, time(9), UTC),
                    occurred_on=on,
                    recorded_at=datetime.combine(on, time(9), UTC),
                    stage_id=stages[STAGES[at]].id,
                    amount_minor=100 if n == 0 else None,
                    currency="USD" if n == 0 else None,
                    owner_id=owner.id if n == 0 else None,
                )
            )
    session.flush()
    store(session, ids)


def _walk(steps: list[tuple[int, int]]) -> Walk:
    """Each step on a later day, none into the stage where the deal stands."""
    walk: list[tuple[int, int]] = []
    day = 0
    for at, days in steps:
        day += days
        if not walk or walk[-1][0] != at:
            walk.append((at, day))
    return walk


walks = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 20)), min_size=1, max_size=7).map(_walk),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def owner(session: Session) -> PersonRow:
    builders.an_organisation(session)
    return builders.a_person(session, "Ana Ro")


@given(walks=walks, last_day=st.integers(1, 140))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_basis_counts_the_walks_as_its_words_say(
    session: Session, organisation: Organisation, owner: PersonRow, walks: list[Walk], last_day: int
) -> None:
    with session.begin_nested() as tried:
        _, stages = builders.a_pipeline(session)
        write(session, owner, stages, walks)
        until = (START + timedelta(days=last_day)).isoformat()
        for basis in (Basis.FURTHEST, Basis.STRICT, Basis.ANY_ORDER):
            asked = Asked(
                "stage_conversion",
                period="2025",
                by="stage",
                basis=basis.value,
                as_of=until,
            )
            found = figure(session, organisation, question_of(session, organisation, NOW, asked))
            by_stage = {group.id: told(group.reading) for group in found.groups}
            for n, name in enumerate(OPEN):
                said = by_stage.get(stages[name].id, Counted(0, 0, 0))
                assert said == expected(walks, n, basis, last_day), (basis, name)
        tried.rollback()


JOURNEYS: list[Walk] = [
    [(0, 1), (1, 5), (2, 9), (4, 20)],  # every stage but the last, then won
    [(0, 1), (2, 5), (1, 9), (2, 12), (5, 20)],  # skips one, comes back to it, is lost
    [(0, 1), (1, 5), (5, 9)],  # lost in the second
    [(0, 1), (1, 5)],  # still there
]


@pytest.mark.parametrize(
    ("basis", "rate"),
    [("furthest", (2, 3, 1)), ("strict", (1, 2, 1)), ("any-order", (2, 3, 1))],
)
def test_a_deal_that_came_back_to_a_stage_it_had_skipped_is_not_in_strict_order(
    session: Session,
    organisation: Organisation,
    owner: PersonRow,
    basis: str,
    rate: tuple[int, int, int],
) -> None:
    _, stages = builders.a_pipeline(session)
    write(session, owner, stages, JOURNEYS)
    asked = Asked("stage_conversion", stage="Qualification", period="2025", basis=basis)
    question = question_of(session, organisation, NOW, asked)
    assert told(figure(session, organisation, question).reading) == Counted(*rate)
