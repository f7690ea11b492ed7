"""Whose figures: from what people type to a scope, and from ids to names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.adapters.database import remembered
from spm.domain.errors import Invalid
from spm.domain.ids import StageId
from spm.domain.metrics.figure import Scope, ScopeKind
from spm.domain.metrics.registry import Dimension
from spm.domain.period import NEVER
from spm.domain.text import fold
from spm.models.intake import ExternalRefRow
from spm.models.organisation import (
    OfficeRow,
    PersonRow,
    TeamHeadRow,
    TeamRow,
    TerritoryRow,
)
from spm.models.pipeline import AccountRow, PipelineRow, ProductRow, StageRow

Nameable = type[PersonRow | TeamRow | OfficeRow | TerritoryRow | ProductRow | AccountRow]

_ROWS: Mapping[Dimension, Nameable] = {
    Dimension.REP: PersonRow,
    Dimension.TEAM: TeamRow,
    Dimension.OFFICE: OfficeRow,
    Dimension.TERRITORY: TerritoryRow,
    Dimension.PRODUCT: ProductRow,
    Dimension.ACCOUNT: AccountRow,
}
_BY_KIND: Mapping[ScopeKind, Nameable] = {
    ScopeKind.REP: PersonRow,
    ScopeKind.TEAM: TeamRow,
    ScopeKind.TERRITORY: TerritoryRow,
}
_ID_PREFIX = "id:"
_NAME = "name"
"""Kind of the references of a source that has no ids: a name, which has to be unique to find."""


class NobodyOfThatName(Invalid):
    """No person, team, territory or stage is found by that key."""

    code = "figure.key-unknown"


class SeveralOfThatName(Invalid):
    """Several are found by that key; ``candidates`` tells them apart."""

    code = "figure.key-ambiguous"


@dataclass(frozen=True, slots=True)
class Named:
    """What is shown of something, what finds it again, and its place in an order of its own."""

    key: str
    label: str
    place: int = 0


def find_scope(session: Session, kind: ScopeKind, key: str) -> Scope:
    """Return the person, team or territory that ``key`` stands for.

    An e-mail address or an external id finds first, then a name; a team also goes by the name of
    somebody who heads it. Case does not matter in names and addresses.

    Raises:
        NobodyOfThatName: Nothing is found.
        SeveralOfThatName: More than one is.
    """
    table = _BY_KIND[kind]
    found = _by_id(session, table, key) or _by_address(session, table, key)
    found = found or _by_name(session, table, key)
    if not found and kind is ScopeKind.TEAM:
        found = _headed_by(
            session, _by_address(session, PersonRow, key) or _by_name(session, PersonRow, key)
        )
    if not found:
        raise NobodyOfThatName(field=kind.value, kind=kind.value, given=key)
    names = _of_rows(session, table, found)
    if len(found) > 1:
        candidates = tuple(
            f"{named.label} ({_unlike(named, row_id)})" for row_id, named in sorted(names.items())
        )
        raise SeveralOfThatName(field=kind.value, kind=kind.value, given=key, candidates=candidates)
    ((row_id, named),) = names.items()
    return Scope(kind, row_id, named.key, named.label)


def scope_of(session: Session, kind: ScopeKind, row_id: int) -> Scope | None:
    """Return the scope of a person, team or territory by primary key, None if there is none."""
    named = _of_rows(session, _BY_KIND[kind], {row_id}).get(row_id)
    return None if named is None else Scope(kind, row_id, named.key, named.label)


def find_stage(session: Session, key: str) -> StageId:
    """Return the stage called ``key`` in any pipeline, or ``PIPELINE: STAGE`` in that one.

    Raises:
        NobodyOfThatName: There is none.
        SeveralOfThatName: Several pipelines have a stage of that name.
    """
    known = stages(session)
    wanted = fold(key)
    found = {
        row_id
        for row_id, named in known.items()
        if wanted == fold(named.key) or key == f"{_ID_PREFIX}{row_id}"
    }
    if not found:
        rows = session.execute(
            select(StageRow.id, StageRow.name, PipelineRow.name).join(
                PipelineRow, PipelineRow.id == StageRow.pipeline_id
            )
        )
        found = {
            row_id
            for row_id, stage, pipeline in rows
            if wanted in {fold(stage), fold(f"{pipeline}: {stage}")}
        }
    if not found:
        candidates = tuple(named.key for named in known.values())
        raise NobodyOfThatName(field="stage", kind="stage", given=key, candidates=candidates)
    if len(found) > 1:
        candidates = tuple(sorted(known[row_id].key for row_id in found))
        raise SeveralOfThatName(field="stage", kind="stage", given=key, candidates=candidates)
    return StageId(found.pop())


def stages(session: Session) -> dict[int, Named]:
    """Return every stage by id, in the order of the pipelines and of their stages.

    A stage's key and label are its name; where several pipelines have one of that name,
    ``pipeline: name``.
    """
    return remembered(session, "stages-by-name", lambda: _stages(session))


def _stages(session: Session) -> dict[int, Named]:
    rows = session.execute(
        select(StageRow.id, StageRow.name, StageRow.name_key, PipelineRow.name)
        .join(PipelineRow, PipelineRow.id == StageRow.pipeline_id)
        .order_by(StageRow.pipeline_id, StageRow.position, StageRow.id)
    ).all()
    times: dict[str, int] = {}
    for row in rows:
        times[row[2]] = times.get(row[2], 0) + 1
    full = [f"{pipeline}: {name}" if times[key] > 1 else name for _, name, key, pipeline in rows]
    return {
        row[0]: Named(text, text, place)
        for place, (row, text) in enumerate(zip(rows, full, strict=True))
    }


def names(session: Session, by: Dimension, ids: Collection[int]) -> dict[int, Named]:
    """Return key and label of the rows of a dimension by id; sources and periods have none."""
    if by is Dimension.STAGE:
        return stages(session)
    table = _ROWS.get(by)
    if table is None:
        return {}
    known: dict[int, Named] = remembered(session, ("names", by), dict)
    missing = set(ids) - known.keys()
    if missing:
        known |= _of_rows(session, table, missing)
    return {one: known[one] for one in ids if one in known}


def _by_id(session: Session, table: Nameable, key: str) -> set[int]:
    number = key.removeprefix(_ID_PREFIX)
    if number == key or not (number.isascii() and number.isdigit()) or len(number) > 18:
        return set()
    return set(session.scalars(select(table.id).where(table.id == int(number))))


def _by_address(session: Session, table: Nameable, key: str) -> set[int]:
    """Return whom an e-mail address or an external id means."""
    found = set(
        session.scalars(
            select(ExternalRefRow.object_id).where(
                ExternalRefRow.object_type == table.__tablename__,
                ExternalRefRow.external_id == key,
                ExternalRefRow.kind != _NAME,
            )
        )
    )
    if table is PersonRow:
        found |= set(session.scalars(select(PersonRow.id).where(PersonRow.email_key == fold(key))))
    return found


def _by_name(session: Session, table: Nameable, key: str) -> set[int]:
    return set(session.scalars(select(table.id).where(table.name_key == fold(key))))


def _headed_by(session: Session, people: Collection[int]) -> set[int]:
    """Return the teams that ``people`` head; those that they once headed where they head none."""
    rows = session.execute(
        select(TeamHeadRow.team_id, TeamHeadRow.end_on).where(TeamHeadRow.person_id.in_(people))
    ).all()
    present = {team for team, end in rows if end == NEVER}
    return present or {team for team, _ in rows}


def _of_rows(session: Session, table: Nameable, ids: Collection[int]) -> dict[int, Named]:
    """Return the names of rows; the key is an e-mail, else a name that is unique, else an outside id."""
    rows: Sequence[Any] = session.execute(
        select(table.id, table.name, table.name_key).where(table.id.in_(ids))
    ).all()
    repeated = set(
        session.scalars(
            select(table.name_key)
            .where(table.name_key.in_({row[2] for row in rows}))
            .group_by(table.name_key)
            .having(func.count() > 1)
        )
    )
    addresses: dict[int, str] = {}
    if table is PersonRow:
        addresses = {
            row_id: email
            for row_id, email in session.execute(
                select(PersonRow.id, PersonRow.email).where(
                    PersonRow.id.in_(ids), PersonRow.email.is_not(None)
                )
            )
            if email
        }
    outside = _outside_ids(session, table, {row[0] for row in rows if row[2] in repeated})
    return {
        row_id: Named(
            addresses.get(row_id)
            or (name if name_key not in repeated else outside.get(row_id, f"{_ID_PREFIX}{row_id}")),
            name,
        )
        for row_id, name, name_key in rows
    }


def _outside_ids(session: Session, table: Nameable, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    found = session.execute(
        select(ExternalRefRow.object_id, ExternalRefRow.external_id)
        .where(ExternalRefRow.object_type == table.__tablename__, ExternalRefRow.object_id.in_(ids))
        .order_by(ExternalRefRow.id.desc())
    )
    return dict(found.tuples().all())


def _unlike(named: Named, row_id: int) -> str:
    """Return what tells one candidate from the others of the same name."""
    return f"{_ID_PREFIX}{row_id}" if named.key == named.label else named.key
