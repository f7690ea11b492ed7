"""Cells of the rollup: what months and owners add up to, without looking at a deal.

``deal_rollup`` counts by owner, stage and month, ``deal_rollup_all`` for everybody together. They
answer as of now, and as of the first instant of any month; about any days as of now and about whole
months else. The days by which a period begins or ends within a month are looked up in the deals, as
is the credit of people who changed team within one.

In a unit that only reads, what was read once answers every question that it can.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Label,
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
from sqlalchemy.orm import Session, aliased

from spm.adapters.database import remembered
from spm.domain.metrics.figure import Scope, ScopeKind
from spm.domain.metrics.registry import Dimension
from spm.domain.organisation import Organisation
from spm.domain.period import EVER, NEVER, AsOf, Period
from spm.domain.pipeline.days import days_of
from spm.models.organisation import MembershipRow, TeamRow
from spm.models.pipeline import (
    DealRollupAllRow,
    DealRollupRow,
    DealRollupZoneRow,
    DealStateRow,
)
from spm.queries.metrics.facts import (
    Facts,
    cycles,
    kept_stays,
    reaches,
    states_at,
    stays,
    subtree,
)

STATE, REACH, STAY, CYCLE, DUE = "state", "reach", "stay", "cycle", "due"
DIMENSIONS = frozenset(
    {None, Dimension.REP, Dimension.TEAM, Dimension.STAGE, Dimension.MONTH, Dimension.QUARTER}
)
SCOPES = frozenset({ScopeKind.ORGANISATION, ScopeKind.REP, ScopeKind.TEAM})

_ROLLUP = cast("Table", DealRollupRow.__table__).c
_ALL = cast("Table", DealRollupAllRow.__table__).c
_MEMBER = cast("Table", MembershipRow.__table__).c
_ZONE = select(DealRollupZoneRow.time_zone).scalar_subquery()
_HAS_KINDS = frozenset({STATE, STAY})
_HAS_MONEY = frozenset({STATE, REACH, DUE})
_DAY = timedelta(days=1)


class Cell(NamedTuple):
    """Deals of one owner or team (None: not told apart, or nobody's) that stand alike.

    ``placed_on`` is the first of the month that they are placed in, EVER where they have no date; of
    what was looked up by its days (``is_edge``), the first of these. ``days`` says how many took how
    many days, where that was asked for.
    """

    owner_id: int | None
    team_id: int | None
    stage_id: int
    kind: str
    placed_on: date
    currency: str
    deals: int
    priced: int
    minor: int
    days: Counter[int] | None = None
    is_edge: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """As of when: ``first_on`` is the month that begins at the cutoff, None where it is now.

    ``is_late`` says that less has changed since than before.
    """

    cutoff: datetime
    day: date
    first_on: date | None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A period as months and the days that are in too much of them, or missing.

    Attributes:
        start: The first of the first month that is read besides what has no date.
        end: The first of the month behind the last; nothing but what has no date where both are EVER.
        skipped: First days of months that are read and not counted.
        less: What is counted with the months and lies outside.
        more: What lies inside, in the skipped months.
    """

    start: date
    end: date
    skipped: tuple[date, ...] = ()
    less: tuple[Period, ...] = ()
    more: tuple[Period, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether the period begins or ends within a month."""
        return bool(self.less or self.more)

    def counts(self, cell: Cell) -> bool:
        """Return whether a cell lies in the period."""
        on = cell.placed_on
        return cell.is_edge or (self.start <= on < self.end and on not in self.skipped)


NOWHERE = Cut(EVER, EVER)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is read of the rollup.

    Attributes:
        fact: ``state``, ``reach``, ``stay``, ``cycle`` or ``due``.
        with_days: Say how many took how many days.
    """

    fact: str
    at: At
    cut: Cut
    with_days: bool = False

    @property
    def is_much(self) -> bool:
        """Whether it is read for whom it is asked for alone, and not with other figures of a page."""
        return self.with_days or self.fact in {STAY, CYCLE} or self.cut.is_cut


def at_of(session: Session, organisation: Organisation, as_of: AsOf) -> At:
    """Return whether an as-of is the beginning of a month, and how late."""
    cutoff = as_of.cutoff
    following = organisation.business_date(cutoff)
    is_first = following.day == 1 and organisation.start_of(following) == cutoff
    day = as_of.day(organisation.zone)
    if not is_first:
        return At(cutoff, day, None)
    first, last = remembered(session, "rollup-months", lambda: _all_months(session))
    is_late = first is not None and following - first >= last - following
    return At(cutoff, day, following, is_late)


def _all_months(session: Session) -> tuple[date | None, date]:
    """Return the first and the last month in which any deal changed."""
    changed = select(_ALL.since_on).where(_ALL.fact == STATE, _ALL.since_on < NEVER).limit(1)
    ends = (changed.order_by(one) for one in (_ALL.since_on.asc(), _ALL.since_on.desc()))
    first, last = session.execute(select(*(end.scalar_subquery() for end in ends))).one()
    return first, last or EVER


def cut_of(period: Period, day: date) -> Cut | None:
    """Return a period as months, with the fewer days to look up; None where no whole month is near.

    ``day`` is the as-of: nothing is placed behind it, so such days cost nothing.
    """
    first, last = period.start.replace(day=1), period.end.replace(day=1)
    end = last if last == period.end else _following(last)
    skipped: list[date] = []
    less: list[Period] = []
    more: list[Period] = []
    if first < period.start:
        outside, inside = Period(first, period.start), Period(period.start, _following(first))
        if outside.days <= inside.days:
            less.append(outside)
        else:
            more.append(inside)
            skipped.append(first)
    if last < period.end:
        inside, outside = Period(last, period.end), Period(period.end, end)
        if (min(end, day + _DAY) - period.end).days <= inside.days:
            less.append(outside)
        else:
            more.append(inside)
            skipped.append(last)
    if _following(first) >= end and (less or more):
        return None
    return Cut(first, end, tuple(skipped), tuple(less), tuple(more))


def _following(first: date) -> date:
    if first > date.max - timedelta(days=31):
        return date.max  # what lies beyond the calendar has no month that follows
    return (first + timedelta(days=31)).replace(day=1)


def cells(
    session: Session,
    organisation: Organisation,
    subject: Scope,
    by: Dimension | None,
    wish: Wish,
    owners: frozenset[int] | None = None,
) -> Sequence[Cell] | None:
    """Return the cells of a subject in no order; None where the rollup cannot say.

    Those of other months than wished for may be among them. With ``owners``, only theirs.
    """
    if owners is not None:
        asked = _Asked(wish, with_owner=True, with_team=False, owners=owners)
        return remembered(session, asked, lambda: _read(session, organisation, asked))
    is_apart = by in {Dimension.REP, Dimension.TEAM}
    if subject.kind is ScopeKind.ORGANISATION and not is_apart:
        return _of_everybody(session, organisation, wish)
    is_of_one = subject.kind is ScopeKind.REP and by is not Dimension.TEAM
    if is_of_one and not wish.is_much and wish.fact != DUE:
        return _of_owner(session, organisation, subject.id or 0, wish.fact, wish.at)
    return _of_many(session, organisation, subject, by, wish)


# --- everybody's ---------------------------------------------------------------------------------


def _of_everybody(
    session: Session, organisation: Organisation, wish: Wish
) -> Sequence[Cell] | None:
    key = ("rollup-of-all", wish)
    return remembered(session, key, lambda: _read_all(session, organisation, wish))


def _read_all(session: Session, organisation: Organisation, wish: Wish) -> list[Cell] | None:
    at, cut = wish.at, wish.cut
    is_day = _ALL.from_on == _ALL.to_on
    wanted = [
        _ALL.from_on == EVER,
        and_(_ALL.from_on >= cut.start, _ALL.from_on < cut.end, ~is_day),
    ]
    if at.first_on is None:
        wanted += [
            and_(_ALL.from_on >= period.start, _ALL.from_on < period.end, is_day)
            for period in (*cut.less, *cut.more)
        ]
    key = (_ALL.stage_id, _ALL.stage_kind, _ALL.from_on, _ALL.to_on, _ALL.currency)
    rows = (
        session.connection()
        .execute(
            select(*key, *_sums(_ALL, at, with_days=wish.with_days), _ZONE)
            .where(_ALL.fact == wish.fact, _since(_ALL, at), or_(*wanted))
            .group_by(*key)
        )
        .all()
    )
    if not rows and not _is_built(session, organisation, at):
        return None
    found: list[Cell] = []
    for stage_id, kind, from_on, to_on, currency, *sums, last_at, given, taken, zone in rows:
        if not _can_say(organisation, at, last_at, zone):
            return None
        is_edge = from_on == to_on != EVER
        sign = -1 if is_edge and any(from_on in period for period in cut.less) else 1
        days = _days(given, taken, sign)
        if sums[0] or days:
            n = (sign * int(sums[0]), sign * int(sums[1]), sign * int(sums[2]))
            found.append(
                Cell(None, None, stage_id, kind, from_on, currency, *n, days, is_edge=is_edge)
            )
    if at.first_on is not None and cut.is_cut:
        asked = _Asked(wish, with_owner=False, with_team=False)
        found += _looked_up(session, asked, list(_edges(cut)))
    return found


def _sums(columns: Any, at: At, *, with_days: bool) -> tuple[ColumnElement[Any], ...]:
    """Return the columns to be added up, signed as ``_since`` needs it: counts, latest change, days."""
    sign: Any = 1
    kept: ColumnElement[str] = columns.days_taken
    gone: ColumnElement[str] = literal("")
    if at.first_on is not None and at.is_late:
        # What has changed since is taken away from what holds now.
        is_now = columns.since_on == NEVER
        sign = case((is_now, 1), else_=-1)
        kept = case((is_now, columns.days_taken), else_="")
        gone = case((is_now, ""), else_=columns.days_taken)
    days: list[ColumnElement[str]] = [literal(""), literal("")]
    if with_days:
        days = [func.aggregate_strings(text, "") for text in (kept, gone)]
    return (
        func.sum(sign * columns.deals),
        func.sum(sign * columns.priced),
        func.sum(sign * columns.amount_minor),
        func.max(columns.last_at, type_=columns.last_at.type),
        *days,
    )


def _since(columns: Any, at: At) -> ColumnElement[bool]:
    """Return which rows say what held: of now, or less all that changed from the as-of on, or all before.

    Whichever of the two ways is shorter.
    """
    if at.first_on is None:
        return cast("ColumnElement[bool]", columns.since_on == NEVER)
    is_meant = columns.since_on >= at.first_on if at.is_late else columns.since_on < at.first_on
    return cast("ColumnElement[bool]", is_meant)


def _days(given: str | None, taken: str | None = None, sign: int = 1) -> Counter[int] | None:
    if not given and not taken:
        return None
    found = days_of(given or "")
    found.subtract(days_of(taken or ""))
    return Counter({days: sign * deals for days, deals in found.items() if deals})


# --- one owner's, once for a page ----------------------------------------------------------------


def _of_owner(
    session: Session, organisation: Organisation, owner_id: int, fact: str, at: At
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
            ).where(_ROLLUP.owner_id == owner_id, _ROLLUP.fact.in_((STATE, REACH)))
        )
        .all()
    )


def _cells_of_rows(
    session: Session, organisation: Organisation, rows: Sequence[Any], fact: str, at: At
) -> Sequence[Cell] | None:
    if not rows and not _is_built(session, organisation, at):
        return None
    sums: dict[tuple[int, str, date, str], list[int]] = {}
    for row in rows:
        of, since_on, stage_id, kind, month_on, currency, deals, priced, minor, last_at, zone = row
        is_meant = since_on == NEVER if at.first_on is None else since_on < at.first_on
        if of != fact or not is_meant:
            continue
        if not _can_say(organisation, at, last_at, zone):
            return None
        known = sums.setdefault((stage_id, kind, month_on, currency), [0, 0, 0])
        known[0] += deals
        known[1] += priced
        known[2] += minor
    return [Cell(None, None, *key, n[0], n[1], n[2]) for key, n in sums.items() if n[0]]


# --- teams', and those of several people ---------------------------------------------------------


_TOGETHER = "teams-together"


def read_together(session: Session, team_id: int | None) -> None:
    """Read a team and those below it in one statement from now on; every team where it is None."""
    teams = None if team_id is None else frozenset(subtree(session, TeamRow, team_id))
    remembered(session, _TOGETHER, lambda: teams)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is read in one statement.

    Attributes:
        teams: Only theirs; None for everybody's.
        on: The day on which it is asked who belongs to a team; None for each deal's own.
        owner_id: Only that owner's.
        owners: Only theirs; None for everybody's.
    """

    wish: Wish
    with_owner: bool
    with_team: bool
    teams: frozenset[int] | None = None
    on: date | None = None
    owner_id: int | None = None
    owners: frozenset[int] | None = None


def _of_many(
    session: Session,
    organisation: Organisation,
    subject: Scope,
    by: Dimension | None,
    wish: Wish,
) -> Sequence[Cell] | None:
    """Return the cells of everybody, of a team, or of one rep.

    A team is read for itself, or in one statement with those that a page shows together with it
    (``read_together``), but where there is much to read.
    """
    teams = None
    if subject.kind is ScopeKind.TEAM:
        teams = frozenset(subtree(session, TeamRow, subject.id))
    crowd = teams
    if teams is not None and by is not Dimension.REP and not wish.is_much:
        known: frozenset[int] | None = remembered(session, _TOGETHER, lambda: teams)
        crowd = known if known is None or teams <= known else teams
    is_alone = crowd == teams
    asked = _Asked(
        wish,
        with_owner=by is Dimension.REP,
        with_team=teams is not None or by is Dimension.TEAM,
        teams=crowd,
        on=_team_day(subject, wish, is_team=teams is not None),
        owner_id=subject.id if subject.kind is ScopeKind.REP else None,
    )
    found = remembered(session, asked, lambda: _read(session, organisation, asked))
    if found is None or teams is None or is_alone:
        return found
    return [cell for cell in found if cell.team_id in teams]


def _team_day(subject: Scope, wish: Wish, *, is_team: bool) -> date | None:
    """Return the day on which it is asked who belongs to a team; None for each deal's own.

    An open deal's own is the as-of day, whenever it is expected to close.
    """
    if is_team and subject.on is not None:
        return subject.on
    return wish.at.day if wish.fact == DUE else None


def _read(session: Session, organisation: Organisation, asked: _Asked) -> list[Cell] | None:
    """Return the cells; None where the rollup cannot say."""
    at, cut = asked.wish.at, asked.wish.cut
    is_by_day = asked.with_team and asked.on is None
    odd = _changed_within_months(session, cut) if is_by_day else ()
    found: list[Cell] = []
    rows = session.connection().execute(_statement(asked, odd)).all()
    if not rows and not _is_built(session, organisation, at):
        return None
    for row in rows:
        *names, stage_id, kind, month_on, currency, deals, priced, minor, last_at = row[:-3]
        given, taken, zone = row[-3:]
        if not _can_say(organisation, at, last_at, zone):
            return None
        owner_id = names[0] if asked.with_owner else None
        team_id = names[-1] if asked.with_team else None
        days = _days(given, taken)
        if deals or days:
            n = (int(deals), int(priced), int(minor))
            found.append(Cell(owner_id, team_id, stage_id, kind, month_on, currency, *n, days))
    parts = [*_edges(cut, odd), *_months_of(odd, cut)]
    return found + _looked_up(session, asked, parts)


def _statement(asked: _Asked, odd: Collection[tuple[int, date]]) -> Select[Any]:
    """Return the one statement; ``odd`` are the owners and months that are left out of it."""
    joined: FromClause = cast("Table", DealRollupRow.__table__)
    wish = asked.wish
    where = [_ROLLUP.fact == wish.fact, _since(_ROLLUP, wish.at), _within(wish.cut)]
    if asked.owner_id is not None:
        where.append(_ROLLUP.owner_id == asked.owner_id)
    if asked.owners is not None:
        where.append(_ROLLUP.owner_id.in_(sorted(asked.owners)))
    if asked.with_team:
        member = cast("Table", MembershipRow.__table__)
        belongs = _belongs(wish.at, asked.on)
        joined = joined.join(member, belongs, isouter=asked.teams is None)
        if asked.teams is not None:
            where.append(_MEMBER.team_id.in_(sorted(asked.teams)))
        if odd:
            where.append(tuple_(_ROLLUP.owner_id, _ROLLUP.month_on).not_in(odd))
    owner = (_ROLLUP.owner_id,) if asked.with_owner else ()
    team = (_MEMBER.team_id,) if asked.with_team else ()
    key = (*owner, *team, _ROLLUP.stage_id, _ROLLUP.stage_kind, _ROLLUP.month_on, _ROLLUP.currency)
    return (
        select(*key, *_sums(_ROLLUP, wish.at, with_days=wish.with_days), _ZONE)
        .select_from(joined)
        .where(*where)
        .group_by(*key)
    )


def _belongs(at: At, on: date | None) -> ColumnElement[bool]:
    """Return the condition that a membership covers a cell's month, or the as-of day where it has none.

    With ``on``, that it covers that day.
    """
    first: Any
    last: Any
    if on is not None:
        first = last = literal(on, Date)
    else:
        first, last = (
            case((_ROLLUP.month_on == EVER, literal(at.day, Date)), else_=column)
            for column in (_ROLLUP.month_on, _ROLLUP.month_last_on)
        )
    return and_(
        _MEMBER.person_id == _ROLLUP.owner_id, _MEMBER.start_on <= first, _MEMBER.end_on > last
    )


def _within(cut: Cut) -> ColumnElement[bool]:
    if cut.start == cut.end:
        return _ROLLUP.month_on == EVER
    return or_(
        _ROLLUP.month_on == EVER,
        and_(_ROLLUP.month_on >= cut.start, _ROLLUP.month_on < cut.end),
    )


def _can_say(organisation: Organisation, at: At, last_at: datetime, zone: str | None) -> bool:
    """Return whether a row tells the truth: now, that nothing it knows of is later than the cutoff;
    at the end of a month, that it counts by the months of the organisation's present zone.
    """
    if zone is None:
        return False
    return last_at < at.cutoff if at.first_on is None else zone == organisation.time_zone


def _is_built(session: Session, organisation: Organisation, at: At) -> bool:
    zone = remembered(session, "rollup-zone", lambda: session.scalar(select(_ZONE)))
    return zone is not None and (at.first_on is None or zone == organisation.time_zone)


# --- looked up in the deals ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """Days that are looked up: of everybody asked for ``but`` a few, or of one owner, and with what sign."""

    period: Period
    sign: int
    owner_id: int | None = None
    but: tuple[int, ...] = ()
    is_edge: bool = True

    def where(self, facts: Facts) -> ColumnElement[bool]:
        found = [facts.placed_on >= self.period.start, facts.placed_on < self.period.end]
        if self.owner_id is not None:
            found.append(facts.owner_id == self.owner_id)
        if self.but:
            found.append(facts.owner_id.not_in(self.but))
        return and_(*found)


def _edges(cut: Cut, odd: Collection[tuple[int, date]] = ()) -> Iterator[_Part]:
    """Yield the days that a period has less or more than its months.

    Nothing is taken away from those whose month is looked up itself: ``odd`` are they.
    """
    for period in cut.less:
        first = period.start.replace(day=1)
        yield _Part(period, -1, but=tuple(who for who, month in odd if month == first))
    for period in cut.more:
        yield _Part(period, 1)


def _months_of(odd: Collection[tuple[int, date]], cut: Cut) -> Iterator[_Part]:
    """Yield the days of each month that is looked up for one owner, as far as they are in the period."""
    for owner_id, first in odd:
        start, end = first, _following(first)
        for outside in cut.less:
            start = outside.end if outside.start == first else start
            end = outside.start if outside.end == end else end
        yield _Part(Period(start, end), 1, owner_id, is_edge=False)


def _changed_within_months(session: Session, cut: Cut) -> Collection[tuple[int, date]]:
    """Return (person, first of the month) for each change of team that is not at a month's beginning."""
    changes = remembered(session, "membership-changes", lambda: _changes(session))
    return [(who, month) for who, month in changes if cut.start <= month < cut.end]


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


def _looked_up(session: Session, asked: _Asked, parts: Sequence[_Part]) -> list[Cell]:
    """Return the cells of some days, by the day of each deal."""
    if not parts:
        return []
    facts = _facts(asked.wish)
    wheres = [part.where(facts) for part in parts]
    facts = facts.only(or_(*wheres))
    if asked.owner_id is not None:
        facts = facts.only(facts.owner_id == asked.owner_id)
    if asked.owners is not None:
        facts = facts.only(facts.owner_id.in_(sorted(asked.owners)))
    joined = facts.lean
    names: list[Label[Any]] = [facts.owner_id.label("owner_id")]
    if asked.with_team:
        joined, facts = _with_team(asked, facts)
        names.append(_MEMBER.team_id.label("team_id"))
    names += [
        facts.stage_id.label("stage_id"),
        facts.kind.label("kind"),
        case(*((where, at) for at, where in enumerate(wheres))).label("part"),
        facts.currency.label("currency"),
    ]
    if asked.wish.with_days:
        names.append(facts.days.label("days"))
    one = (
        select(*names, facts.amount_minor.label("minor"))
        .select_from(joined)
        .where(*facts.where)
        .subquery("looked_up")
    )
    key = [one.c[name.name] for name in names if asked.with_owner or name.name != "owner_id"]
    rows = session.execute(
        select(*key, func.count(), func.count(one.c.minor), func.sum(one.c.minor)).group_by(*key)
    )
    return [_cell_of(asked, parts, row) for row in rows]


def _with_team(asked: _Asked, facts: Facts) -> tuple[FromClause, Facts]:
    day: Any = facts.credit_on if asked.on is None else literal(asked.on, Date)
    holds = and_(_MEMBER.person_id == facts.owner_id, _MEMBER.start_on <= day, _MEMBER.end_on > day)
    if asked.teams is not None:
        ever, teams = aliased(MembershipRow, name="ever_member"), sorted(asked.teams)
        facts = facts.only(
            _MEMBER.team_id.in_(teams),
            # Follows from it, and leads to the few owners before their days are looked at.
            facts.owner_id.in_(select(ever.person_id).where(ever.team_id.in_(teams))),
        )
    member = cast("Table", MembershipRow.__table__)
    return facts.lean.outerjoin(member, holds), facts


def _facts(wish: Wish) -> Facts:
    at = wish.at
    match wish.fact:
        case "state":
            facts = states_at(at.cutoff, at.day)
            return replace(facts, days=case((facts.kind == "won", facts.days)))
        case "due":
            facts = states_at(at.cutoff, at.day)
            expected = DealStateRow.expected_close_on.expression
            return replace(facts.only(facts.kind == "open"), placed_on=expected)
        case "reach":
            return reaches(at.cutoff, at.day, None)
        case "stay":
            # As of now, the rollup has said so much: nothing is later than the as-of.
            return kept_stays() if at.first_on is None else stays(at.cutoff, at.day, None)
        case _:
            return cycles(at.cutoff, at.day)


def _cell_of(asked: _Asked, parts: Sequence[_Part], row: Any) -> Cell:
    part = parts[row.part]
    sign, (deals, priced, minor) = part.sign, row[-3:]
    days = row.days if asked.wish.with_days else None
    return Cell(
        row.owner_id if asked.with_owner else None,
        row.team_id if asked.with_team else None,
        row.stage_id,
        row.kind if asked.wish.fact in _HAS_KINDS else "",
        part.period.start,
        row.currency if asked.wish.fact in _HAS_MONEY else "",
        sign * deals,
        sign * priced,
        sign * int(minor or 0),
        None if days is None else Counter({days: sign * deals}),
        is_edge=part.is_edge,
    )
