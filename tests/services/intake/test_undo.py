"""A whole import is taken back: what nobody touched goes, what was there is as it was, the rest is named."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spm.domain.ids import AuditId, ImportId
from spm.models.base import Base
from spm.models.intake import ImportRow, ImportWriteRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import AccountRow, DealRow
from spm.services.intake.imports import Options, Outcome
from spm.services.intake.undo import Undone, take_back
from spm.services.pipeline import rollup
from tests.builders import an_organisation
from tests.imports import business, import_set
from tests.services.intake.test_any_export import OWN, deal, load

HEAD = "Id,Deal,Owner,Company,Stage,Status,Created,Closed,Amount\n"
FIRST = (
    HEAD
    + "1,Pumps,Ann Ames,Acme,Demo,Open,2026-01-01,,10\n"
    + "2,Pipes,Bo Berg,Bolt,Demo,Won,2026-01-02,2026-02-02,20\n"
)
SECOND = (
    HEAD
    + "1,Pumps XL,Ann Ames,Acme,Offer,Open,2026-01-01,,15\n"
    + "2,Pipes,Bo Berg,Bolt,Demo,Won,2026-01-02,2026-02-05,20\n"
    + "3,Valves,Cy Cole,Core,Offer,Lost,2026-01-03,2026-02-03,30\n"
)
PEOPLE = "Person Id,First,Last,Mail\np1,Ann,Ames,ann@example.com\n"


def undo(session: Session, outcome: Outcome) -> Undone:
    row = session.get_one(ImportRow, outcome.import_id)
    undone = take_back(
        session, ImportId(row.id), AuditId(row.act_id or 0), lambda _phase, _done: None
    )
    session.flush()
    session.expire_all()
    return undone


UNNUMBERED = {"version"}
DERIVED = {"deal_state"}
APART = {"deal_rollup_zone", "import_write", "external_ref"}


def standing(session: Session) -> dict[str, list[Any]]:
    """What there is, without the numbers and versions that any writing uses up."""
    rollup.rebuild(session)
    found: dict[str, list[Any]] = {}
    for name in business(session):
        if name in APART:
            continue
        table = Base.metadata.tables[name]
        columns = [c for c in table.columns if c.name not in UNNUMBERED]
        if name in DERIVED:
            columns = [c for c in columns if c.name != "id"]
        found[name] = sorted(map(repr, session.execute(select(*columns))))
    return {name: rows for name, rows in found.items() if rows}


@pytest.mark.parametrize("files", [(FIRST,), (FIRST, PEOPLE), (SECOND, PEOPLE)])
def test_an_import_that_nobody_touched_never_was(
    session: Session, tmp_path: Path, files: Sequence[str]
) -> None:
    an_organisation(session)
    before = business(session)
    outcome = load(session, tmp_path / "in", *files)
    assert outcome.is_loaded
    undone = undo(session, outcome)
    assert undone.kept == []
    after = {name: rows for name, rows in business(session).items() if name not in APART}
    assert {name: rows for name, rows in after.items() if rows != before.get(name)} == {}


def test_what_was_there_before_is_as_it_was(session: Session, tmp_path: Path) -> None:
    an_organisation(session)
    load(session, tmp_path / "in", FIRST)
    before = standing(session)
    outcome = load(session, tmp_path / "in", SECOND, PEOPLE, days=3)
    assert outcome.changes
    assert standing(session) != before
    undone = undo(session, outcome)
    assert undone.kept == []
    assert undone.removed["deal"] == 1
    assert undone.restored["deal"] >= 2
    assert standing(session) == before

    again = load(session, tmp_path / "in", SECOND, PEOPLE, days=10)
    assert again.refused == 0
    assert deal(session, "1").name == "Pumps XL"
    assert deal(session, "3").amount_minor == 3000


def test_what_somebody_worked_on_since_stays_and_is_named(session: Session, tmp_path: Path) -> None:
    an_organisation(session)
    outcome = load(session, tmp_path / "in", FIRST)
    row = deal(session, "1")
    session.execute(
        update(DealRow)
        .where(DealRow.id == row.id)
        .values(next_step="Call", version=row.version + 1)
    )
    session.expire_all()
    undone = undo(session, outcome)
    assert ("deal", "Pumps", "edited") in [
        (table, name, why) for table, _, name, why in undone.kept
    ]
    assert session.scalars(select(DealRow.name)).all() == ["Pumps"]
    assert session.scalars(select(PersonRow.name)).all() == ["Ann Ames"]
    assert session.scalars(select(AccountRow.name)).all() == ["Acme"]
    kept = {(table, name) for table, _, name, _ in undone.kept}
    assert {("person", "Ann Ames"), ("account", "Acme")} <= kept


def test_a_field_that_somebody_set_since_keeps_his_value(session: Session, tmp_path: Path) -> None:
    an_organisation(session)
    load(session, tmp_path / "in", FIRST)
    outcome = load(session, tmp_path / "in", SECOND, days=3)
    row = deal(session, "1")
    row.name = "Ours"
    session.flush()
    undone = undo(session, outcome)
    assert deal(session, "1").name == "Ours"
    assert any(key == str(row.id) for _, key, _, _ in undone.kept)


def test_a_dry_run_keeps_nothing_to_undo(session: Session, tmp_path: Path) -> None:
    an_organisation(session)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(FIRST)
    import_set(session, tmp_path / "in", layouts=[OWN], options=Options(is_dry_run=True))
    assert session.scalars(select(ImportWriteRow.id)).all() == []
