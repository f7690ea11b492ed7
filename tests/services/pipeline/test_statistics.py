"""After many rows were written at once, the database looks at what its tables hold."""

from datetime import date

import pytest
from sqlalchemy import text

from spm.domain.ids import PersonId, PipelineId
from spm.domain.pipeline.deals import Facts
from spm.services.pipeline import deals, history
from spm.services.pipeline.deals import NewDeal
from spm.services.work import Work
from tests.builders import a_person, a_pipeline

KNOWN = {
    "sqlite": "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'deal_state'",
    "postgresql": "SELECT count(*) FROM pg_class WHERE relname = 'deal_state' AND reltuples >= 1",
}


def test_a_rebuild_of_many_deals_lets_the_database_look(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = work.session
    person, (pipeline, _) = a_person(session), a_pipeline(session)
    facts = Facts("A", "USD")
    new = NewDeal(facts, PersonId(person.id), PipelineId(pipeline.id), None, date(2026, 11, 2))
    deals.create(work, new)
    monkeypatch.setattr(history, "MANY", 1)
    history.rebuild(session)
    assert session.scalar(text(KNOWN[session.connection().dialect.name]))
