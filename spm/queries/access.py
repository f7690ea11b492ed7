"""The policy as SQL: which rows a reach covers."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from spm.domain.access import Reach


def sees(
    reach: Reach,
    person: InstrumentedAttribute[Any],
    team: InstrumentedAttribute[Any] | None = None,
) -> ColumnElement[bool]:
    """Return the condition under which a row lies within ``reach``.

    Args:
        reach: From ``spm.domain.access.reach``.
        person: Column with the person whom the row is about (NULL where it is about a team).
        team: Column with the team, where rows may be about one.
    """
    covered: list[ColumnElement[bool]] = []
    if reach.is_everybody:
        covered.append(true())
    else:
        covered.append(person.in_(reach.people) if reach.people else false())
        if team is not None and reach.teams:
            covered.append(team.in_(reach.teams))
    condition = or_(*covered)
    if reach.barred_people:
        condition = and_(condition, or_(person.is_(None), person.not_in(reach.barred_people)))
    if team is not None and reach.barred_teams:
        condition = and_(condition, or_(team.is_(None), team.not_in(reach.barred_teams)))
    return condition
