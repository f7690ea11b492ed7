"""Importing in tests: whole sets, and small ones that a test writes down."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor
from spm.domain.intake.formats import AS_FOUND, Reading
from spm.domain.intake.layouts import Layout
from spm.models.base import Base
from spm.queries.organisation.settings import get_organisation
from spm.services.intake.imports import PLAINLY, Options, Outcome, load
from spm.services.intake.inspection import gather, inspect
from spm.services.work import Work
from tests.conftest import NOW

IMPORT_TABLES = frozenset(
    {
        "import",
        "import_file",
        "import_issue",
        "import_change",
        "import_write",
        "import_table",
        "audit_entry",
        "audit_link",
    }
)
"""What an import writes of itself; everything else is business."""


def import_set(
    session: Session,
    *paths: Path,
    options: Options = PLAINLY,
    reading: Reading = AS_FOUND,
    now: datetime = NOW,
    layouts: Sequence[Layout] = (),
) -> Outcome:
    """Load files or folders within a session's unit of work, as the console."""
    given, left_out = gather(paths, reading)
    inspection = inspect(given, (layouts,) if layouts else (), left_out)
    work = Work(session, Actor.console(), now, get_organisation(session))
    return load(work, inspection, options)


def builder(*paths: Path) -> Callable[[str], None]:
    """Return what fills a database template with sets (``Databases.clean(backend, name, build)``)."""

    def build(database_url: str) -> None:
        engine = open_engine(database_url)
        with unit(engine, writes=True) as session:
            for path in paths:
                import_set(session, path)
        engine.dispose()

    return build


def business(session: Session) -> dict[str, list[Any]]:
    """Every row of every table that is not an import's own."""
    session.flush()
    return {
        table.name: sorted(map(repr, session.execute(table.select())))
        for table in Base.metadata.sorted_tables
        if table.name not in IMPORT_TABLES
    }


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """Write small files into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder
