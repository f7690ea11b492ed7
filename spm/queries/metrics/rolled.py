"""Figures from the rollup: what months and owners add up to, without looking at a deal.

``deal_rollup`` counts by owner, stage and month. It answers as of now, and as of the first instant of
any month; about whole months, or about what has no date; by rep, team, stage, month or quarter.
Everything else is counted from the deals themselves (``spm.queries.metrics.facts``), as is the credit
of people who changed team within a month.

In a unit that only reads, what was read once answers every question that it can.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from spm.adapters.database import remembered
from spm.domain.metrics.arithmetic import Sum, Tally
from spm.domain.metrics.figure import Question, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension
from spm.domain.organisation import Organisation
from spm.domain.period import EVER, NEVER, Period
from spm.models.organisation import MembershipRow, TeamRow
from spm.models.pipeline import DealRollupRow, DealRollupZoneRow
from spm.queries.metrics.facts import Facts, reaches, states_at, subtree

STATE, REACH = "state", "reach"
LOST = "lost"

_ROLLUP = cast("Table", DealRollupRow.__table__).c
_MEMBER = cast("Table", MembershipRow.__table__).c
_ZONE = select(DealRollupZoneRow.time_zone).scalar_subquery()
_DIMENSIONS = frozenset(
    {
        None,
        Dimension.REP,
        Dimension.TEAM,
        Dimension.STAGE,
        Dimension.MONTH,
        Dimension.QUARTER,
    }
)
_SCOPES = frozenset({ScopeKind.ORGANISATION, ScopeKind.REP, ScopeKind.TEAM})


class Cell(NamedTuple):
    """Deals of one owner or team (None: not told apart, or nobody's) that stand alike.

    ``month_on`` is the first of the month that they are placed in, EVER where they have no date.
    """

    owner_id: int | None
    team_id: int | None
    stage_id: int
    kind: str
    month_on: date
    currency: str
    deals: int
    priced: int
    minor: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals a figure counts.

    Attributes:
        fact: ``state`` or ``reach``.
        kinds: Kinds of stages of states; every kind where it is empty.
        stage_id: The stage of reaches; None for all.
        period: In which they are placed; None: states that are open, which have no date.
    """

    fact: str
    kinds: tuple[str, ...]
    stage_id: int | None
    period: Period | None


@dataclass(frozen=True, slots=True)
class _At:
    """As of when: ``first_on`` is the month that begins at the cutoff, None where it is now."""

    cutoff: datetime
    day: date
    first_on: date | None


@dataclass(frozen=True, slots=True)
class _Span:
    """The months that are read, half-open, besides what has no date; None: nothing but that."""

    start: date
    end: date


def rolled(
    session: Session,
    organisation: Organisation,
    question: Question,
    by: Dimension | None,
    wanted: Wanted,
    place: Callable[[Any], Hashable],
    *,
    against_lost: bool = False,
) -> tuple[dict[Hashable, Tally], int] | None:
    """Return a tally per key of ``by`` and how many have no date; None where deals have to be counted.

    Args:
        session: Where to read.
        organisation: Whose months they are.
        question: Settled: whose, as of when.
        by: What to group by; groups without a deal are left out.
        wanted: Which deals.
        place: Maps the first of a month to the key wanted.
        against_lost: Count lost deals apart from the others.
    """
    if by not in _DIMENSIONS or question.subject.kind not in _SCOPES:
        return None
    span = _span(wanted, question)
    if span is None:
        return None
    at = _at(organisation, question)
    scope = question.subject
    if scope.kind is ScopeKind.REP and by is not Dimension.TEAM:
        found = _of_owner(session, organisation, scope.id or 0, wanted.fact, at)
    else:
        found = _of_many(session, organisation, scope, by, (wanted.fact, at, span))
    if found is None:
        return None
    meant = [
        cell
        for cell in found
        if (not wanted.kinds or cell.kind in wanted.kinds)
        and (wanted.stage_id is None or cell.stage_id == wanted.stage_id)
    ]
    period = wanted.period
    if period is None:
        return _tallied(meant, by, place, against_lost=against_lost), 0
    placed = [cell for cell in meant if period.start <= cell.month_on < period.end]
    undated = sum(cell.deals for cell in meant if cell.month_on == EVER)
    return _tallied(placed, by, place, against_lost=against_lost), undated


def _at(organisation: Organisation, question: Question) -> _At:
    cutoff = question.as_of.cutoff
    following = organisation.business_date(cutoff)
    is_first = following.day == 1 and organisation.start_of(following) == cutoff
    day = question.as_of.day(organisation.zone)
    return _At(cutoff, day, following if is_first else None)


def _span(wanted: Wanted, question: Question) -> _Span | None:
    """Return the months to read; those of the question where the figure itself needs none of them.

    So one read serves the figures of a page.
    """
    asked = question.period.period if question.period is not None else None
    period = wanted.period or (asked if asked is not None and _is_whole(asked) else None)
    if period is None:
        return _Span(EVER, EVER)
    return _Span(period.start, period.end) if _is_whole(period) else None


def _is_whole(period: Period) -> bool:
    return period.start.day == 1 and period.end.day == 1


def _tallied(
    cells: Iterable[Cell],
    by: Dimension | None,
    place: Callable[[Any], Hashable],
    *,
    against_lost: bool,
) -> dict[Hashable, Tally]:
    key_of = _KEYS[by]
    sums: dict[tuple[Hashable, bool, str], list[int]] = {}
    for cell in cells:
        at = (key_of(cell), against_lost and cell.kind == LOST, cell.currency)
        known = sums.get(at)
        if known is None:
            sums[at] = [cell.deals, cell.priced, cell.minor]
        else:
            known[0] += cell.deals
            known[1] += cell.priced
            known[2] += cell.minor
    found: dict[Hashable, Tally] = {}
    for (raw, is_lost, currency), (deals, priced, minor) in sums.items():
        if not deals:
            continue
        if is_lost:
            part = Tally(lost=deals)
        else:
            part = Tally(deals=deals, sums={currency: Sum(minor, priced)} if priced else {})
        key = place(raw)
        found[key] = found[key] + part if key in found else part
    return found


_KEYS: dict[Dimension | None, Callable[[Cell], Hashable]] = {
    None: lambda _cell: None,
    Dimension.REP: lambda cell: cell.owner_id,
    Dimension.TEAM: lambda cell: cell.team_id,
    Dimension.STAGE: lambda cell: cell.stage_id,
    Dimension.MONTH: lambda cell: cell.month_on,
    Dimension.QUARTER: lambda cell: cell.month_on,
}


# --- reading cells -------------------------------------------------------------------------------


def _of_many(
    session: Session,
    organisation: Organisation,
    subject: Scope,
    by: Dimension | None,
    read: tuple[str, _At, _Span],
) -> Sequence[Cell] | None:
    """Return the cells of everybody or of a team, or one rep's by team.

    A team's people are read for that team alone; teams are read all at once, so that one statement
    serves a page that shows several.
    """
    teams = None
    if subject.kind is ScopeKind.TEAM:
        teams = frozenset(subtree(session, TeamRow, subject.id))
    is_by_rep = by is Dimension.REP
    fact, at, span = read
    asked = _Asked(
        fact,
        at,
        span,
        with_owner=is_by_rep,
        with_team=teams is not None or by is Dimension.TEAM,
        teams=teams if is_by_rep else None,
        owner_id=subject.id if subject.kind is ScopeKind.REP else None,
    )
    found = remembered(session, asked, lambda: _read(session, organisation, asked))
    if found is None or teams is None or is_by_rep:
        return found
    return [cell for cell in found if cell.team_id in teams]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is read in one statement."""

    fact: str
    at: _At
    span: _Span
    with_owner: bool
    with_team: bool
    teams: frozenset[int] | None
    owner_id: int | None


def _read(session: Session, organisation: Organisation, asked: _Asked) -> list[Cell] | None:
    """Return the cells; None where the rollup cannot say."""
    odd = _changed_within_months(session, asked.span) if asked.with_team else ()
    found: list[Cell] = []
    rows = session.connection().execute(_statement(asked, odd)).all()
    if not rows and not _is_built(session, organisation, asked.at):
        return None
    for row in rows:
        *names, stage_id, kind, month_on, currency, deals, priced, minor, last_at, zone = row
        if not _can_say(organisation, asked.at, last_at, zone):
            return None
        owner_id = names[0] if asked.with_owner else None
        team_id = names[-1] if asked.with_team else None
        if deals:
            n = (int(deals), int(priced), int(minor))
            found.append(Cell(owner_id, team_id, stage_id, kind, month_on, currency, *n))
    if odd:
        found += _counted_one_by_one(session, asked, odd)
    return found


def _statement(asked: _Asked, odd: Collection[tuple[int, date]]) -> Select[Any]:
    """Return the one statement; ``odd`` are the owners and months that are left out of it."""
    joined: FromClause = cast("Table", DealRollupRow.__table__)
    where = [_ROLLUP.fact == asked.fact, _since(asked.at), _within(asked.span)]
    if asked.owner_id is not None:
        where.append(_ROLLUP.owner_id == asked.owner_id)
    if asked.with_team:
        member = cast("Table", MembershipRow.__table__)
        joined = joined.join(member, _belongs(asked.at), isouter=asked.teams is None)
        if asked.teams is not None:
            where.append(_MEMBER.team_id.in_(sorted(asked.teams)))
        if odd:
            where.append(tuple_(_ROLLUP.owner_id, _ROLLUP.month_on).not_in(odd))
    owner = (_ROLLUP.owner_id,) if asked.with_owner else ()
    team = (_MEMBER.team_id,) if asked.with_team else ()
    key = (*owner, *team, _ROLLUP.stage_id, _ROLLUP.stage_kind, _ROLLUP.month_on, _ROLLUP.currency)
    return (
        select(
            *key,
            func.sum(_ROLLUP.deals),
            func.sum(_ROLLUP.priced),
            func.sum(_ROLLUP.amount_minor),
            func.max(_ROLLUP.last_at, type_=_ROLLUP.last_at.type),
            _ZONE,
        )
        .select_from(joined)
        .where(*where)
        .group_by(*key)
    )


def _belongs(at: _At) -> ColumnElement[bool]:
    """Return the condition that a membership covers a cell's month, or the as-of day where it has none."""
    first, last = (
        case((_ROLLUP.month_on == EVER, literal(at.day, Date)), else_=column)
        for column in (_ROLLUP.month_on, _ROLLUP.month_last_on)
    )
    return and_(
        _MEMBER.person_id == _ROLLUP.owner_id, _MEMBER.start_on <= first, _MEMBER.end_on > last
    )


def _of_owner(
    session: Session, organisation: Organisation, owner_id: int, fact: str, at: _At
) -> Sequence[Cell] | None:
    """Return one owner's cells as of an instant; everything of theirs is read once, and added up here."""
    rows = remembered(
        session, ("rollup-of-owner", owner_id), lambda: _rows_of_owner(session, owner_id)
    )
    key = ("cells-of-owner", owner_id, fact, at)
    found = remembered(session, key, lambda: _cells_of_rows(session, organisation, rows, fact, at))
    return None if found is None else [cell._replace(owner_id=owner_id) for cell in found]


def _rows_of_owner(session: Session, owner_id: int) -> Sequence[Any]:
    return (
        session.connection()
        .execute(
            select(
                _ROLLUP.fact,
                _ROLLUP.since_on,
                _ROLLUP.stage_id,
                _ROLLUP.stage_kind,
                _ROLLUP.month_on,
                _ROLLUP.currency,
                _ROLLUP.deals,
                _ROLLUP.priced,
                _ROLLUP.amount_minor,
                _ROLLUP.last_at,
                _ZONE.label("zone"),
            ).where(_ROLLUP.owner_id == owner_id)
        )
        .all()
    )


def _cells_of_rows(
    session: Session, organisation: Organisation, rows: Sequence[Any], fact: str, at: _At
) -> Sequence[Cell] | None:
    if not rows and not _is_built(session, organisation, at):
        return None
    sums: dict[tuple[int, str, date, str], list[int]] = {}
    for (
        of,
        since_on,
        stage_id,
        kind,
        month_on,
        currency,
        deals,
        priced,
        minor,
        last_at,
        zone,
    ) in rows:
        is_meant = since_on == NEVER if at.first_on is None else since_on < at.first_on
        if of != fact or not is_meant:
            continue
        if not _can_say(organisation, at, last_at, zone):
            return None
        known = sums.setdefault((stage_id, kind, month_on, currency), [0, 0, 0])
        known[0] += deals
        known[1] += priced
        known[2] += minor
    return [Cell(None, None, *key, *n) for key, n in sums.items() if n[0]]


def _since(at: _At) -> ColumnElement[bool]:
    if at.first_on is None:
        return _ROLLUP.since_on == NEVER
    return _ROLLUP.since_on < at.first_on


def _within(span: _Span) -> ColumnElement[bool]:
    if span.start == span.end:
        return _ROLLUP.month_on == EVER
    return or_(
        _ROLLUP.month_on == EVER,
        and_(_ROLLUP.month_on >= span.start, _ROLLUP.month_on < span.end),
    )


def _can_say(organisation: Organisation, at: _At, last_at: datetime, zone: str | None) -> bool:
    """Return whether a row tells the truth: now, that nothing it knows of is later than the cutoff;
    at the end of a month, that it counts by the months of the organisation's present zone.
    """
    if zone is None:
        return False
    return last_at < at.cutoff if at.first_on is None else zone == organisation.time_zone


def _is_built(session: Session, organisation: Organisation, at: _At) -> bool:
    zone = remembered(session, "rollup-zone", lambda: session.scalar(select(_ZONE)))
    return zone is not None and (at.first_on is None or zone == organisation.time_zone)


# --- people who changed team within a month ------------------------------------------------------


def _changed_within_months(session: Session, span: _Span) -> Collection[tuple[int, date]]:
    """Return (person, first of the month) for each change of team that is not at a month's beginning."""
    changes = remembered(session, "membership-changes", lambda: _changes(session))
    return [(who, month) for who, month in changes if span.start <= month < span.end]


def _changes(session: Session) -> Collection[tuple[int, date]]:
    rows = session.execute(
        select(_MEMBER.person_id, _MEMBER.start_on, _MEMBER.end_on).where(
            or_(_MEMBER.start_on > EVER, _MEMBER.end_on < NEVER)
        )
    )
    return sorted(
        {
            (person_id, day.replace(day=1))
            for person_id, start_on, end_on in rows
            for day in (start_on, end_on)
            if day not in {EVER, NEVER} and day.day != 1
        }
    )


def _counted_one_by_one(
    session: Session, asked: _Asked, odd: Collection[tuple[int, date]]
) -> list[Cell]:
    """Return the cells of owners in months in which they changed team, by the day of each deal."""
    at = asked.at
    facts = (
        states_at(at.cutoff, at.day) if asked.fact == STATE else reaches(at.cutoff, at.day, None)
    )
    facts = facts.only(or_(*(_in_month(facts, *one) for one in odd)))
    if asked.owner_id is not None:
        facts = facts.only(facts.owner_id == asked.owner_id)
    member = cast("Table", MembershipRow.__table__)
    holds = and_(
        _MEMBER.person_id == facts.owner_id,
        _MEMBER.start_on <= facts.credit_on,
        _MEMBER.end_on > facts.credit_on,
    )
    where = [*facts.where]
    if asked.teams is not None:
        where.append(_MEMBER.team_id.in_(sorted(asked.teams)))
    key = (
        facts.owner_id,
        _MEMBER.team_id,
        facts.stage_id,
        facts.kind,
        facts.placed_on,
        facts.currency,
    )
    rows = session.execute(
        select(*key, func.count(), func.count(facts.amount_minor), func.sum(facts.amount_minor))
        .select_from(facts.lean.outerjoin(member, holds))
        .where(*where)
        .group_by(*key)
    )
    return [
        Cell(
            owner_id if asked.with_owner else None,
            team_id,
            stage_id,
            kind if asked.fact == STATE else "",
            placed_on.replace(day=1),
            currency,
            deals,
            priced,
            int(minor or 0),
        )
        for owner_id, team_id, stage_id, kind, placed_on, currency, deals, priced, minor in rows
    ]


def _in_month(facts: Facts, owner_id: int, first: date) -> ColumnElement[bool]:
    following = (first + timedelta(days=31)).replace(day=1)
    return and_(facts.owner_id == owner_id, facts.placed_on >= first, facts.placed_on < following)
