"""Cells of the rollup: what months and owners add up to, without looking at a deal.

``deal_rollup`` counts by owner, stage and month, ``deal_rollup_all`` for everybody together. They
answer as of now, and as of the first instant of any month; about any days as of now and about whole
months else. The days by which a period begins or ends within a month are looked up in the deals, as
is the credit of people who changed team within one.

In a unit that only reads, what was read once answers every question that it can.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Label,
    Select,
    String,
    Table,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import cast as cast_sql
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
OF_PERIOD, OF_YEAR = (STATE, REACH, DUE), (STATE, STAY, CYCLE)
"""What a card asks of its period, and of the year of its rates."""
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

    ``placed_on`` is the first of the month that they are placed in, EVER where they have no date. Where
    months are not told apart, or days were looked up, all of it lies in the period asked for
    (``is_within``). ``days`` says how many took how many days, where that was asked for.
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
    is_within: bool = False


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
        return cell.is_within or (self.start <= on < self.end and on not in self.skipped)


NOWHERE = Cut(EVER, EVER)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is read of the rollup.

    Attributes:
        fact: ``state``, ``reach``, ``stay``, ``cycle`` or ``due``.
        with_days: Say how many took how many days.
        with_months: Tell the months of the period apart.
    """

    fact: str
    at: At
    cut: Cut
    with_days: bool = False
    with_months: bool = False

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
        asked = replace(_asked(session, wish, by), with_owner=True, owners=owners)
        return _once(session, organisation, asked)[wish.fact]
    is_apart = by in {Dimension.REP, Dimension.TEAM}
    if subject.kind is ScopeKind.ORGANISATION and not is_apart:
        asked = replace(_asked(session, wish, by), is_of_all=True)
        return _once(session, organisation, asked)[wish.fact]
    is_of_one = subject.kind is ScopeKind.REP and by is not Dimension.TEAM
    if is_of_one and not wish.is_much and wish.fact != DUE:
        return _of_owner(session, organisation, subject.id or 0, wish.fact, wish.at)
    return _of_many(session, organisation, subject, by, wish)


# --- what is read in one statement ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Together:
    """What a page is going to ask, so that it is read at once.

    Attributes:
        teams: The teams that it shows; None for every one.
        facts: What it asks of a period.
    """

    teams: frozenset[int] | None
    facts: Mapping[Cut | None, tuple[str, ...]]


def read_together(
    session: Session, team_id: int | None, day: date, period: Period, year: Period | None = None
) -> None:
    """Say that a page is going to ask much, so that it is read in few statements from now on.

    Args:
        session: Where to read.
        team_id: A team that is shown with those below it; None for every team.
        day: The last day that counts.
        period: The period of the page.
        year: The year of its rates; None where none is asked.
    """
    teams = None if team_id is None else frozenset(subtree(session, TeamRow, team_id))
    facts = {cut_of(period, day): OF_PERIOD}
    if year is not None:
        facts |= {cut_of(year, day): OF_YEAR}
    remembered(session, _Together, lambda: _Together(teams, facts))


def _told(session: Session) -> _Together:
    return remembered(session, _Together, lambda: _Together(frozenset(), {}))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is read in one statement.

    Attributes:
        facts: Of what.
        days_of: The one of them that says how many took how many days.
        with_month: Tell months apart; else all that lies in the period is one.
        is_of_all: Of everybody together, from the table of their own.
        with_owner: Tell owners apart.
        with_team: Tell teams apart.
        teams: Only theirs; None for everybody's.
        on: The day on which it is asked who belongs to a team; None for each deal's own.
        owner_id: Only that owner's.
        owners: Only theirs; None for everybody's.
    """

    facts: tuple[str, ...]
    at: At
    cut: Cut
    days_of: str | None
    with_month: bool
    is_of_all: bool = False
    with_owner: bool = False
    with_team: bool = False
    teams: frozenset[int] | None = None
    on: date | None = None
    owner_id: int | None = None
    owners: frozenset[int] | None = None


_Read = Mapping[str, Sequence[Cell] | None]
"""The cells of each fact; None where the rollup cannot say."""


def _asked(session: Session, wish: Wish, by: Dimension | None) -> _Asked:
    """Return what is read for a wish, with what the page is going to ask of the same period."""
    facts = _told(session).facts.get(wish.cut, ())
    days_of = CYCLE if CYCLE in facts else None
    is_usual = wish.fact in facts and wish.with_days == (wish.fact == days_of)
    # Days are long texts: they are read for those alone of whom they are asked.
    is_each_ones = days_of is not None and by in {Dimension.REP, Dimension.TEAM}
    if not is_usual or is_each_ones or wish.with_months:
        days_of = wish.fact if wish.with_days else None
        return _Asked((wish.fact,), wish.at, wish.cut, days_of, wish.with_months)
    return _Asked(facts, wish.at, wish.cut, days_of, with_month=False)


def _once(session: Session, organisation: Organisation, asked: _Asked) -> _Read:
    read = _read_all if asked.is_of_all else _read_some
    return remembered(session, asked, lambda: read(session, organisation, asked))


def _cells_of(
    session: Session, organisation: Organisation, asked: _Asked, rows: Sequence[Any]
) -> dict[str, list[Cell] | None]:
    """Return the cells that rows of the rollup are; the columns are those of ``_counted``."""
    found: dict[str, list[Cell] | None] = {}
    for row in rows:
        fact, *names, stage_id, kind, placed, currency = row[:-7]
        deals, priced, minor, last_at, given, taken, zone = row[-7:]
        there = found.setdefault(fact, [])
        if there is None or not _can_say(organisation, asked.at, last_at, zone):
            found[fact] = None
            continue
        days = _days(given, taken)
        if not deals and not days:
            continue
        owner_id = names[0] if asked.with_owner else None
        team_id = names[-1] if asked.with_team else None
        n = (int(deals), int(priced), int(minor))
        on, is_within = placed, False
        if not asked.with_month:
            on, is_within = (asked.cut.start, True) if placed else (EVER, False)
        there.append(Cell(owner_id, team_id, stage_id, kind, on, currency, *n, days, is_within))
    if len(found) < len(asked.facts):
        zone = rows[0].zone if rows else None
        is_built = _is_built(session, organisation, asked.at, zone)
        return {fact: found.get(fact, [] if is_built else None) for fact in asked.facts}
    return found


def _counted(
    asked: _Asked, columns: Any, names: Sequence[ColumnElement[Any]], is_less: Any = None
) -> tuple[tuple[ColumnElement[Any], ...], tuple[ColumnElement[Any], ...]]:
    """Return the columns to group by, and those to add up.

    ``names`` tell owners and teams apart; what ``is_less`` holds for is taken away.
    """
    month = columns.from_on if asked.is_of_all else columns.month_on
    placed = month if asked.with_month else month != _EVER
    key = (columns.fact, *names, columns.stage_id, columns.stage_kind, placed, columns.currency)
    sign: Any = 1
    kept: Any = columns.days_taken
    gone: Any = literal("")
    if is_less is not None:
        sign = case((is_less, -1), else_=1)
        kept = case((is_less, ""), else_=columns.days_taken)
        gone = case((is_less, columns.days_taken), else_="")
    days: list[ColumnElement[str]] = [literal(""), literal("")]
    if asked.days_of is not None:
        is_told = columns.fact == asked.days_of
        days = [
            func.aggregate_strings(case((is_told, text), else_=""), "") for text in (kept, gone)
        ]
    return key, (
        func.sum(sign * columns.deals),
        func.sum(sign * columns.priced),
        func.sum(sign * columns.amount_minor),
        func.max(columns.last_at, type_=columns.last_at.type),
        *days,
        _ZONE.label("zone"),
    )


_EVER = literal(EVER, Date, literal_execute=True)
"""Written out, so that PostgreSQL sees that what is selected is what is grouped by."""


def _is_taken_away(columns: Any, at: At) -> ColumnElement[bool] | None:
    """Return what is counted against the rest: all that has changed since, where it is read backwards."""
    if at.first_on is None or not at.is_late:
        return None
    return cast("ColumnElement[bool]", columns.since_on < NEVER)


def _since(columns: Any, at: At) -> ColumnElement[bool]:
    """Return which rows say what held: of now, or less all that changed from the as-of on, or all before.

    Whichever of the two ways is shorter.
    """
    if at.first_on is None:
        return cast("ColumnElement[bool]", columns.since_on == NEVER)
    is_meant = columns.since_on >= at.first_on if at.is_late else columns.since_on < at.first_on
    return cast("ColumnElement[bool]", is_meant)


def _days(given: str | None, taken: str | None) -> Counter[int] | None:
    if not given and not taken:
        return None
    found = days_of(given or "")
    found.subtract(days_of(taken or ""))
    return found


# --- everybody's ---------------------------------------------------------------------------------


def _read_all(session: Session, organisation: Organisation, asked: _Asked) -> _Read:
    at, cut = asked.at, asked.cut
    is_day = _ALL.from_on == _ALL.to_on
    wanted = [_ALL.from_on == EVER, and_(_months_within(_ALL.from_on, cut), ~is_day)]
    is_less = _is_taken_away(_ALL, at)
    is_by_day = at.first_on is None and cut.is_cut and not asked.with_month
    if is_by_day:
        outside = [_is_in(_ALL.from_on, period) for period in cut.less]
        inside = [_is_in(_ALL.from_on, period) for period in cut.more]
        is_less = and_(is_day, or_(*outside)) if outside else None
        wanted.append(and_(is_day, or_(*outside, *inside)))
    key, sums = _counted(asked, _ALL, (), is_less)
    rows = (
        session.connection()
        .execute(
            select(*key, *sums)
            .where(_ALL.fact.in_(asked.facts), _since(_ALL, at), or_(*wanted))
            .group_by(*key)
        )
        .all()
    )
    found = _cells_of(session, organisation, asked, rows)
    if cut.is_cut and not is_by_day:
        _look_up(session, asked, found)
    return found


def _is_in(day: Any, period: Period) -> ColumnElement[bool]:
    return and_(day >= period.start, day < period.end)


def _months_within(month: Any, cut: Cut) -> ColumnElement[bool]:
    where = [month >= cut.start, month < cut.end]
    if cut.skipped:
        where.append(month.not_in(cut.skipped))
    return and_(*where)


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
        known = _told(session).teams
        crowd = known if known is None or teams <= known else teams
    asked = replace(
        _asked(session, wish, by),
        with_owner=by is Dimension.REP,
        with_team=teams is not None or by is Dimension.TEAM,
        teams=crowd,
        on=None if teams is None else subject.on,
        owner_id=subject.id if subject.kind is ScopeKind.REP else None,
    )
    found = _once(session, organisation, asked)[wish.fact]
    if found is None or teams is None or crowd == teams:
        return found
    return [cell for cell in found if cell.team_id in teams]


def _read_some(session: Session, organisation: Organisation, asked: _Asked) -> _Read:
    is_by_day = asked.with_team and asked.on is None and asked.facts != (DUE,)
    odd = _changed_within_months(session, asked.cut) if is_by_day else ()
    rows = session.connection().execute(_statement(asked, odd)).all()
    found = _cells_of(session, organisation, asked, rows)
    _look_up(session, asked, found, odd)
    return found


def _statement(asked: _Asked, odd: Collection[tuple[int, date]]) -> Select[Any]:
    """Return the one statement; ``odd`` are the owners and months that are left out of it."""
    joined: FromClause = cast("Table", DealRollupRow.__table__)
    where = [_ROLLUP.fact.in_(asked.facts), _since(_ROLLUP, asked.at), _within(asked.cut)]
    if asked.owner_id is not None:
        where.append(_ROLLUP.owner_id == asked.owner_id)
    if asked.owners is not None:
        where.append(_ROLLUP.owner_id.in_(sorted(asked.owners)))
    if asked.with_team:
        member = cast("Table", MembershipRow.__table__)
        joined = joined.join(member, _belongs(asked), isouter=asked.teams is None)
        if asked.teams is not None:
            where.append(_MEMBER.team_id.in_(sorted(asked.teams)))
        if odd:
            is_odd = tuple_(_ROLLUP.owner_id, _ROLLUP.month_on).in_(odd)
            where.append(or_(_ROLLUP.fact == DUE, ~is_odd))
    owner = (_ROLLUP.owner_id,) if asked.with_owner else ()
    team = (_MEMBER.team_id,) if asked.with_team else ()
    key, sums = _counted(asked, _ROLLUP, (*owner, *team), _is_taken_away(_ROLLUP, asked.at))
    return select(*key, *sums).select_from(joined).where(*where).group_by(*key)


def _belongs(asked: _Asked) -> ColumnElement[bool]:
    """Return the condition that a membership covers a cell's month.

    It covers the as-of day where there is none, and where deals are open, whenever they are expected to
    close. With a day in ``asked``, that day.
    """
    first: Any
    last: Any
    if asked.on is not None:
        first = last = literal(asked.on, Date)
    else:
        is_open = or_(_ROLLUP.month_on == EVER, _ROLLUP.fact == DUE)
        day = literal(asked.at.day, Date)
        first, last = (
            case((is_open, day), else_=column)
            for column in (_ROLLUP.month_on, _ROLLUP.month_last_on)
        )
    return and_(
        _MEMBER.person_id == _ROLLUP.owner_id, _MEMBER.start_on <= first, _MEMBER.end_on > last
    )


def _within(cut: Cut) -> ColumnElement[bool]:
    is_undated = _ROLLUP.month_on == EVER
    if cut.start == cut.end:
        return is_undated
    return or_(is_undated, _months_within(_ROLLUP.month_on, cut))


def _can_say(organisation: Organisation, at: At, last_at: datetime, zone: str | None) -> bool:
    """Return whether a row tells the truth: now, that nothing it knows of is later than the cutoff;
    at the end of a month, that it counts by the months of the organisation's present zone.
    """
    if zone is None:
        return False
    return last_at < at.cutoff if at.first_on is None else zone == organisation.time_zone


def _is_built(
    session: Session, organisation: Organisation, at: At, zone: str | None = None
) -> bool:
    if zone is None:
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


def _look_up(
    session: Session,
    asked: _Asked,
    found: dict[str, list[Cell] | None],
    odd: Collection[tuple[int, date]] = (),
) -> None:
    """Add to ``found`` the cells of some days, by the day of each deal.

    ``odd`` are the owners and months that were left out; nothing is of what is due, which is asked of
    one day.
    """
    cut = asked.cut
    usual = [*_edges(cut, odd), *_months_of(odd, cut)]
    parts = {fact: list(_edges(cut)) if fact == DUE else usual for fact in found}
    # A statement for each: databases look days up in an index only where there is no "or" among them.
    wanted = [
        days
        for fact, there in found.items()
        if there is not None and parts[fact]
        for days in _days_of_fact(asked, fact, parts[fact])
    ]
    if not wanted:
        return
    one = union_all(*wanted).subquery("looked_up")
    key = [column for column in one.c if column.name != "minor"]
    rows = session.execute(
        select(*key, func.count(), func.count(one.c.minor), func.sum(one.c.minor)).group_by(*key)
    )
    for row in rows:
        there = found[row.fact]
        if there is not None:
            there.append(_cell_of(asked, parts[row.fact][row.part], row))


def _days_of_fact(asked: _Asked, fact: str, parts: Sequence[_Part]) -> Iterator[Select[Any]]:
    """Yield, for each of ``parts``, a row for each of what a fact counts in its days."""
    facts = _facts(fact, asked.at)
    if asked.owner_id is not None:
        facts = facts.only(facts.owner_id == asked.owner_id)
    if asked.owners is not None:
        facts = facts.only(facts.owner_id.in_(sorted(asked.owners)))
    joined = facts.lean
    names: list[Label[Any]] = [literal(fact, String).label("fact")]
    if asked.with_owner:
        names.append(facts.owner_id.label("owner_id"))
    if asked.with_team:
        joined, facts = _with_team(asked, facts)
        names.append(_MEMBER.team_id.label("team_id"))
    names += [
        facts.stage_id.label("stage_id"),
        facts.kind.label("kind"),
        facts.currency.label("currency"),
    ]
    if asked.days_of is not None:
        days = facts.days if fact == asked.days_of else null()
        names.append(cast_sql(days, Integer).label("days"))
    names.append(facts.amount_minor.label("minor"))
    for at, part in enumerate(parts):
        yield (
            select(literal(at, Integer).label("part"), *names)
            .select_from(joined)
            .where(*facts.where, part.where(facts))
        )


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


def _facts(fact: str, at: At) -> Facts:
    match fact:
        case "state":
            facts = states_at(at.cutoff, at.day)
            # Only what is closed has a date; said out, so that an index leads to it.
            facts = facts.only(facts.kind.in_(("won", "lost")))
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


def _cell_of(asked: _Asked, part: _Part, row: Any) -> Cell:
    sign, (deals, priced, minor) = part.sign, row[-3:]
    days = row.days if asked.days_of is not None else None
    return Cell(
        row.owner_id if asked.with_owner else None,
        row.team_id if asked.with_team else None,
        row.stage_id,
        row.kind if row.fact in _HAS_KINDS else "",
        part.period.start,
        row.currency if row.fact in _HAS_MONEY else "",
        sign * deals,
        sign * priced,
        sign * int(minor or 0),
        None if days is None else Counter({days: sign * deals}),
        part.is_edge,
    )
