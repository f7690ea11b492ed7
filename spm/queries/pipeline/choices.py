"""What a form about deals lets people choose from."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.domain.access import Actor, Permission, reach
from spm.domain.ids import PersonId, TeamId, TerritoryId
from spm.models.organisation import PersonRow, TeamRow, TerritoryRow
from spm.models.pipeline import DealRow
from spm.queries.access import sees


def possible_owners(
    session: Session, actor: Actor, permission: Permission, today: date
) -> tuple[tuple[PersonId, str], ...]:
    """Return the people of today for whose deals ``actor`` has ``permission``, by name."""
    rows = session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(
            sees(reach(actor, permission), PersonRow.id),
            or_(PersonRow.left_on.is_(None), PersonRow.left_on > today),
        )
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple((PersonId(key), name) for key, name in rows)


def possible_new_owners(
    session: Session, actor: Actor, today: date
) -> tuple[tuple[PersonId, str], ...]:
    """Return the people of today to whom ``actor`` may hand a deal over, by name: also the actor."""
    covered = reach(actor, Permission.DEALS_ASSIGN)
    whom = sees(covered, PersonRow.id)
    if covered and actor.person_id is not None:
        whom = or_(whom, PersonRow.id == actor.person_id)
    rows = session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(whom, or_(PersonRow.left_on.is_(None), PersonRow.left_on > today))
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple((PersonId(key), name) for key, name in rows)


def is_employed(session: Session, person_id: PersonId, today: date) -> bool:
    """Return whether there is such a person and they have not left by ``today``."""
    row = session.get(PersonRow, person_id)
    return row is not None and (row.left_on is None or row.left_on > today)


def teams(session: Session) -> tuple[tuple[TeamId, str], ...]:
    """Return every team, by name."""
    rows = session.execute(select(TeamRow.id, TeamRow.name).order_by(TeamRow.name_key))
    return tuple((TeamId(key), name) for key, name in rows)


def territories(session: Session) -> tuple[tuple[TerritoryId, str], ...]:
    """Return every territory, by name."""
    rows = session.execute(
        select(TerritoryRow.id, TerritoryRow.name).order_by(TerritoryRow.name_key)
    )
    return tuple((TerritoryId(key), name) for key, name in rows)


def lead_sources(session: Session, actor: Actor) -> tuple[str, ...]:
    """Return the lead sources of the deals in sight, by name: the ones to suggest."""
    return _words_in_use(session, actor, DealRow.lead_source)


def loss_reasons(session: Session, actor: Actor) -> tuple[str, ...]:
    """Return the loss reasons of the deals in sight, by name: the ones to suggest."""
    return _words_in_use(session, actor, DealRow.loss_reason)


def _words_in_use(
    session: Session, actor: Actor, column: InstrumentedAttribute[str]
) -> tuple[str, ...]:
    visible = sees(reach(actor, Permission.DEALS_VIEW), DealRow.owner_id)
    statement = select(column).where(visible, column != "").distinct().order_by(column).limit(100)
    return tuple(session.scalars(statement))
