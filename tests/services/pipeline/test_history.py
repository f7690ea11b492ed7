"""The caches of the log equal a rebuild, whatever was done in whatever order."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Permission
from spm.domain.errors import SpmError
from spm.domain.ids import DealId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts, Move
from spm.models.pipeline import (
    DealEventRow,
    DealReachRow,
    DealRow,
    DealStateRow,
)
from spm.queries.pipeline.deals import get_deal
from spm.services.pipeline import deals, history
from spm.services.pipeline.deals import NewDeal
from spm.services.work import Work
from tests.builders import a_deal, a_person, a_pipeline
from tests.conftest import NOW
from tests.rollups import latest, what_counts

START = date(2026, 11, 1)
acts = st.lists(
    st.tuples(
        st.sampled_from(["move", "slip", "amount", "assign", "late"]),
        st.integers(0, 5),
        st.integers(0, 17),
    ),
    max_size=8,
)


def caches(session: Session) -> dict[str, Any]:
    """All that is derived, without keys and versions of its own."""
    session.flush()
    tables: dict[str, Any] = {}
    for model, left_out in ((DealRow, {"version"}), (DealStateRow, {"id"}), (DealReachRow, set())):
        columns = [c for c in model.__table__.columns if c.name not in left_out]
        tables[model.__tablename__] = sorted(
            tuple(map(repr, row)) for row in session.execute(select(*columns))
        )
    tables["rollups"] = what_counts(session)
    return tables


def do(
    work: Work, deal_id: DealId, act: tuple[str, int, int], stages: list[int], people: list[int]
) -> None:
    """Do something to a deal; what the rules refuse is not done."""
    what, n, days = act
    deal = get_deal(work.session, work.actor, deal_id)
    on = START + timedelta(days=days)
    try:
        if what == "move":
            move = Move(StageId(stages[n]), on, None, "because", "price")
            deals.move(work, deal_id, move, version=deal.version)
        elif what == "slip":
            move = Move(StageId(stages[n]), on, Money("USD", days), "because", "price")
            act_id = deals.move(work, deal_id, move, version=deal.version).act_id
            version = get_deal(work.session, work.actor, deal_id).version
            deals.undo_move(work, deal_id, act_id, version=version)
        elif what == "amount":
            facts = Facts("A", "USD", amount=Money("USD", n))
            deals.edit(work, deal_id, facts, version=deal.version, reason="because")
        elif what == "assign":
            owner_id = PersonId(people[n % len(people)])
            deals.assign(work, deal_id, owner_id, version=deal.version, reason="because")
        else:
            # As an import writes what it learns late.
            at = work.organisation.start_of(on)
            work.session.add(
                DealEventRow(
                    deal_id=deal_id,
                    kind="stage",
                    occurred_at=at,
                    occurred_on=on,
                    recorded_at=NOW,
                    stage_id=stages[n],
                )
            )
            history.store(work.session, [deal_id])
    except SpmError:
        pass


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts, st.booleans())
def test_the_caches_equal_a_rebuild(
    work: Work, done: list[tuple[str, int, int]], is_undated: bool
) -> None:
    pipeline, stages = a_pipeline(work.session)
    people = [a_person(work.session), a_person(work.session)]
    facts = Facts("A", "USD", amount=Money("USD", 100))
    new = NewDeal(facts, PersonId(people[0].id), PipelineId(pipeline.id), None, START)
    deal_id = deals.create(work, new)
    if is_undated:
        event = work.session.scalars(
            select(DealEventRow).where(DealEventRow.deal_id == deal_id)
        ).one()
        event.occurred_at = event.occurred_on = None
        history.store(work.session, [deal_id])
    ids = [row.id for row in stages.values()]
    for act in done:
        do(work, deal_id, act, ids, [person.id for person in people])
    kept, known = caches(work.session), latest(work.session)
    assert history.rebuild(work.session) >= 1
    assert caches(work.session) == kept
    assert all(known[cell] >= at for cell, at in latest(work.session).items())


def test_what_an_import_took_back_counts_for_nothing(work: Work) -> None:
    session = work.session
    person, (_, stages) = a_person(session), a_pipeline(session)
    row = a_deal(session, person, stages["Won"])
    for kind, stage, day in (("created", "Prospecting", 1), ("stage", "Won", 5)):
        on = START + timedelta(days=day)
        session.add(
            DealEventRow(
                deal_id=row.id,
                kind=kind,
                occurred_at=work.organisation.start_of(on),
                occurred_on=on,
                recorded_at=NOW,
                stage_id=stages[stage].id,
                owner_id=person.id,
            )
        )
        session.flush()
    history.store(session, [DealId(row.id)])
    assert row.closed_on == START + timedelta(days=5)
    event = session.scalars(select(DealEventRow).where(DealEventRow.kind == "stage")).one()
    event.voided_act_id = work.record(Permission.IMPORTS_RUN, "import:1")
    history.store(session, [DealId(row.id)])
    again = session.get_one(DealRow, row.id)
    assert (again.closed_on, again.stage_id) == (None, stages["Prospecting"].id)


def test_a_store_that_changes_nothing_keeps_the_version(work: Work) -> None:
    session = work.session
    person, (pipeline, _) = a_person(session), a_pipeline(session)
    new = NewDeal(Facts("A", "USD"), PersonId(person.id), PipelineId(pipeline.id), None, START)
    deal_id = deals.create(work, new)
    version = session.get_one(DealRow, deal_id).version
    history.store(session, [deal_id])
    session.expire_all()
    assert session.get_one(DealRow, deal_id).version == version
