"""``spm rebuild``: the caches come back from the log."""

import json
from datetime import date

from sqlalchemy import delete, func, select

from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor
from spm.domain.ids import PersonId, PipelineId
from spm.domain.organisation import Organisation
from spm.domain.pipeline.deals import Facts
from spm.models.pipeline import DealReachRow, DealStateRow
from spm.services.pipeline.deals import NewDeal, create
from spm.services.work import Work
from tests.builders import a_person, a_pipeline
from tests.cli.conftest import Spm
from tests.conftest import NOW


def test_lost_caches_come_back(spm: Spm, database_url: str) -> None:
    engine = open_engine(database_url)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, Organisation())
        person, (pipeline, _) = a_person(session), a_pipeline(session)
        owner_id, pipeline_id = PersonId(person.id), PipelineId(pipeline.id)
        create(work, NewDeal(Facts("A", "USD"), owner_id, pipeline_id, None, date(2026, 11, 2)))
        session.execute(delete(DealStateRow))
        session.execute(delete(DealReachRow))
    status, said, _ = spm("rebuild", "--json")
    assert (status, json.loads(said)) == (0, {"deals": 1})
    with unit(engine, writes=False) as session:
        for model in (DealStateRow, DealReachRow):
            assert session.scalar(select(func.count()).select_from(model)) == 1
    engine.dispose()
