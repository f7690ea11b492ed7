"""Who belongs where from which day on: teams, managers, offices, territories, heads of teams.

A change holds from 00:00 of its day in the organisation's zone until the next change that is already
known; what held before ends with that day and stays readable.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete

from spm.domain.access import Permission, Subject
from spm.domain.errors import NotFound
from spm.domain.ids import OfficeId, PersonId, TeamId, TerritoryId
from spm.domain.organisation import LinkKind, Span, changed, check_line
from spm.domain.period import EVER, NEVER
from spm.models.organisation import PersonRow
from spm.queries.organisation.corrections import FORBIDDEN, views_forbidden_by
from spm.queries.organisation.links import (
    LINK_ROWS,
    TARGET_COLUMNS,
    TARGET_ROWS,
    lines,
    spans_of,
    target_column,
)
from spm.services.organisation.people import lock_person
from spm.services.organisation.settings import lock_organisation
from spm.services.work import Work

_WORDS: Mapping[LinkKind, str] = {
    LinkKind.MEMBERSHIP: "team",
    LinkKind.LINE: "person",
    LinkKind.POSTING: "office",
    LinkKind.HEAD: "team",
    LinkKind.TERRITORY: "territory",
}


def move_to_team(work: Work, person_id: PersonId, team_id: TeamId | None, day: date) -> None:
    """Let a person belong to a team from ``day`` on; None: to no team.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person or team.
    """
    _change(work, LinkKind.MEMBERSHIP, person_id, team_id, day)


def report_to(work: Work, person_id: PersonId, manager_id: PersonId | None, day: date) -> bool:
    """Let a person report to a manager from ``day`` on; None: to nobody.

    From that day the old manager sees nothing of the person any more, earlier periods included. Nobody
    puts people below himself: a line opens somebody's figures to whoever leads him.

    Returns:
        Whether it is a correction: a change from a day that has passed. It acts at once, and its
        entry in the log names what was read meanwhile that it would have forbidden.

    Raises:
        Forbidden: The actor may not, or is one of both.
        NotFound: There is no such person or manager.
        LineCircle: The manager would lead himself on some day.
    """
    return _change(work, LinkKind.LINE, person_id, manager_id, day) and day < work.today


def post_to(work: Work, person_id: PersonId, office_id: OfficeId | None, day: date) -> None:
    """Let a person work at an office from ``day`` on; None: at none.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person or office.
    """
    _change(work, LinkKind.POSTING, person_id, office_id, day)


def assign_territory(work: Work, person_id: PersonId, territory_id: TerritoryId, day: date) -> None:
    """Let a person work a territory, beside others, from ``day`` on.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person or territory.
    """
    _change_one_of_many(work, LinkKind.TERRITORY, person_id, territory_id, day, holds=True)


def release_territory(
    work: Work, person_id: PersonId, territory_id: TerritoryId, day: date
) -> None:
    """Let a person no longer work a territory from ``day`` on.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person or territory.
    """
    _change_one_of_many(work, LinkKind.TERRITORY, person_id, territory_id, day, holds=False)


def lead_team(work: Work, person_id: PersonId, team_id: TeamId, day: date) -> None:
    """Let a person lead a team, perhaps beside others, from ``day`` on.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person or team.
    """
    _change_one_of_many(work, LinkKind.HEAD, person_id, team_id, day, holds=True)


def stop_leading(work: Work, person_id: PersonId, team_id: TeamId, day: date) -> None:
    """Let a person no longer lead a team from ``day`` on.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person or team.
    """
    _change_one_of_many(work, LinkKind.HEAD, person_id, team_id, day, holds=False)


def _change(
    work: Work, kind: LinkKind, person_id: PersonId, target_id: int | None, day: date
) -> bool:
    """Change a fact of which a person has one at a time; return whether it was another one."""
    _begin(work, kind, person_id, target_id)
    before = spans_of(work.session, kind, person_id)
    after = changed(before, day, target_id)
    if kind is LinkKind.LINE and target_id is not None:
        others = lines(work.session)
        for span in after:
            if span.covers(day):
                check_line(others, person_id, span)
    return _replace(work, kind, person_id, before, after, day)


def _change_one_of_many(
    work: Work, kind: LinkKind, person_id: PersonId, target_id: int, day: date, *, holds: bool
) -> None:
    """Change a fact of which a person may have several, each with its own dates."""
    _begin(work, kind, person_id, target_id)
    before = tuple(
        span for span in spans_of(work.session, kind, person_id) if span.target_id == target_id
    )
    after = changed(before, day, target_id if holds else None)
    _replace(work, kind, person_id, before, after, day)


def _begin(work: Work, kind: LinkKind, person_id: PersonId, target_id: int | None) -> None:
    work.require(Permission.PEOPLE_MOVE, Subject(owner_id=person_id))
    if kind is LinkKind.LINE and target_id is not None:
        work.require(Permission.PEOPLE_MOVE, Subject(owner_id=PersonId(target_id)))
    lock_organisation(work)
    lock_person(work, person_id)
    row = TARGET_ROWS[kind]
    if target_id is not None and work.session.get(row, target_id) is None:
        raise NotFound(what="person" if row is PersonRow else _WORDS[kind], id=target_id)


def _replace(
    work: Work,
    kind: LinkKind,
    person_id: PersonId,
    before: tuple[Span, ...],
    after: tuple[Span, ...],
    day: date,
) -> bool:
    """Write the difference; rows that did not change keep their id and time of recording."""
    if before == after:
        return False
    row = LINK_ROWS[kind]
    gone, new = set(before) - set(after), [span for span in after if span not in before]
    for span in gone:
        work.session.execute(
            delete(row).where(
                row.person_id == person_id,
                target_column(kind) == span.target_id,
                row.start_on == span.start_on,
            )
        )
    for span in new:
        work.session.add(
            row(
                person_id=person_id,
                start_on=span.start_on,
                end_on=span.end_on,
                recorded_at=work.now,
                **{TARGET_COLUMNS[kind]: span.target_id},
            )
        )
    work.session.flush()
    work.record(
        Permission.PEOPLE_MOVE,
        f"{kind.value}:{person_id}",
        person_id=person_id,
        before={"spans": [_written(kind, span) for span in before if span in gone]},
        after={
            "from": day.isoformat(),
            "spans": [_written(kind, span) for span in new],
            **_forbidden(work, kind, person_id, before, day),
        },
    )
    return True


def _forbidden(
    work: Work, kind: LinkKind, person_id: PersonId, before: tuple[Span, ...], day: date
) -> dict[str, object]:
    """Return what a back-dated correction of a line would have forbidden, as the log keeps it."""
    if kind is not LinkKind.LINE or day >= work.today:
        return {}
    views = views_forbidden_by(work.session, work.organisation, person_id, before, day, work.now)
    return {
        FORBIDDEN: [
            {
                "entry": view.entry_id,
                "at": view.at.isoformat(),
                "who": f"person:{view.actor_id}",
                "act": view.act,
                "thing": view.thing,
                "about": [f"person:{one}" for one in view.people],
            }
            for view in views
        ]
    }


def _written(kind: LinkKind, span: Span) -> dict[str, str | None]:
    return {
        _WORDS[kind]: f"{_WORDS[kind]}:{span.target_id}",
        "start_on": None if span.start_on == EVER else span.start_on.isoformat(),
        "end_on": None if span.end_on == NEVER else span.end_on.isoformat(),
    }
