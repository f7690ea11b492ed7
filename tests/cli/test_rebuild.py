"""``spm rebuild``: the caches come back from the log."""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from spm.__main__ import main
from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor
from spm.domain.ids import PersonId, PipelineId
from spm.domain.organisation import Organisation
from spm.domain.pipeline.deals import Facts
from spm.models.pipeline import DealReachRow, DealStateRow
from spm.services.pipeline.deals import NewDeal, create
from spm.services.work import Work
from tests.builders import a_person, a_pipeline
from tests.conftest import NOW


def test_lost_caches_come_back(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SPM_DATABASE_URL", database_url)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path))
    engine = open_engine(database_url)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, Organisation())
        person, (pipeline, _) = a_person(session), a_pipeline(session)
        owner_id, pipeline_id = PersonId(person.id), PipelineId(pipeline.id)
        create(work, NewDeal(Facts("A", "USD"), owner_id, pipeline_id, None, date(2026, 11, 2)))
        session.execute(delete(DealStateRow))
        session.execute(delete(DealReachRow))
    assert main(["rebuild", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"deals": 1}
    with unit(engine, writes=False) as session:
        for model in (DealStateRow, DealReachRow):
            assert session.scalar(select(func.count()).select_from(model)) == 1
    engine.dispose()
