"""The imports of the demo company."""

from pathlib import Path

from sqlalchemy import select

from spm.adapters.database import open_engine, unit
from spm.jobs.demo import import_files
from spm.models.intake import ImportMappingRow, ImportRow
from spm.models.pipeline import DealRow
from spm.services.demo import people
from tests import builders
from tests.conftest import NOW
from tests.databases import Databases


def found(url: str) -> None:
    """Whoever the files name, and a pipeline with the stages of the demo company."""
    engine = open_engine(url)
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        for somebody in people.STAFF + people.CREWS[1].reps:
            row = builders.a_person(session, somebody.name, *somebody.roles)
            row.email = row.email_key = people.email_of(somebody)
        builders.a_pipeline(session)
    engine.dispose()


def test_one_import_is_mapped_and_one_is_taken_back(
    databases: Databases, backend: str, tmp_path: Path
) -> None:
    with databases.clean(backend, "demo-imports", found) as url:
        engine = open_engine(url)
        import_files(engine, lambda: NOW, tmp_path)
        with unit(engine, writes=False) as session:
            assert list(session.scalars(select(ImportRow.state).order_by(ImportRow.id))) == [
                "done",
                "undone",
            ]
            assert list(session.scalars(select(ImportMappingRow.name))) == ["Partner portal"]
            made = list(session.scalars(select(DealRow.amount_minor)))
        engine.dispose()
    assert len(made) == 12
    assert 490_000 in made  # written as 4.900,00
