"""From words to a question: the arguments of ``spm metric`` and of the pages, in one place."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from spm.domain.errors import Invalid
from spm.domain.metrics.figure import Question, Scope, ScopeKind, check
from spm.domain.metrics.registry import Basis, Dimension, get_metric
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, Period, of_dates, parse
from spm.queries.metrics.names import find_scope, find_stage

Choice = TypeVar("Choice", Dimension, Basis)


class ArgumentUnknown(Invalid):
    """An argument has a value that it does not know; ``candidates`` are those it does."""

    code = "figure.argument-unknown"


class ArgumentsExclude(Invalid):
    """Two arguments say the same thing in two ways."""

    code = "figure.arguments-exclude"


class DateUnreadable(Invalid):
    """A date or an instant is written in a way that is not known."""

    code = "figure.date-unreadable"


class HalfAPeriod(Invalid):
    """Only one of the two ends of a period was given."""

    code = "figure.half-a-period"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in words; None where nothing was said.

    Attributes:
        metric: Name of the metric.
        rep: E-mail, external id or name of a person.
        team: The same of a team, or of somebody who heads it.
        territory: The same of a territory.
        period: Name of a period.
        start: First day of a period, ``YYYY-MM-DD``.
        end: The day after its last one.
        as_of: A day, or an instant in ISO 8601.
        by: Name of a dimension.
        kpi: Key of a KPI.
        stage: Name of a stage, or ``pipeline: stage``.
        basis: Name of a basis.
        teams: ``now``: who belongs to the team today, instead of on each deal's day of credit.
    """

    metric: str
    rep: str | None = None
    team: str | None = None
    territory: str | None = None
    period: str | None = None
    start: str | None = None
    end: str | None = None
    as_of: str | None = None
    by: str | None = None
    kpi: str | None = None
    stage: str | None = None
    basis: str | None = None
    teams: str | None = None


def question_of(
    session: Session, organisation: Organisation, now: datetime, asked: Asked
) -> Question:
    """Return the question that ``asked`` means.

    Args:
        session: Where names are looked up.
        organisation: By whose zone, fiscal year and name.
        now: The as-of where none is asked for.
        asked: What was said.

    Raises:
        Invalid: Something in it is unknown, ambiguous, or does not fit the metric.
    """
    metric = get_metric(asked.metric)
    by = _choice(Dimension, "by", asked.by)
    basis = _choice(Basis, "basis", asked.basis)
    period = _period(organisation, asked)
    question = Question(
        metric=metric.id,
        subject=_subject(session, organisation, asked, now),
        as_of=as_of(organisation, now, asked.as_of),
        period=period,
        by=by,
        kpi=asked.kpi,
        stage_id=find_stage(session, asked.stage) if asked.stage is not None else None,
        basis=basis,
    )
    check(question)
    return question


def as_of(organisation: Organisation, now: datetime, text: str | None) -> AsOf:
    """Return the as-of that ``text`` means: the end of a day, an instant, or now.

    An instant without an offset is one on the organisation's clocks.

    Raises:
        DateUnreadable: It is neither.
    """
    if text is None:
        return AsOf.at(now)
    try:
        return AsOf.of_date(_within(date.fromisoformat(text)), organisation.zone)
    except ValueError:
        pass
    try:
        instant = datetime.fromisoformat(text)
        _within(instant.date())
        return AsOf.at(instant if instant.tzinfo else instant.replace(tzinfo=organisation.zone))
    except ValueError:
        raise DateUnreadable(field="as_of", given=text) from None


def _within(day: date) -> date:
    """Return a day around which there are others in every zone; at the ends of the calendar are none.

    Raises:
        ValueError: It lies within a year of either end.
    """
    if not date.min.year < day.year < date.max.year:
        msg = "at an end of the calendar"
        raise ValueError(msg)
    return day


TEAMS_NOW = "now"
"""What an address says to see a team as it is today."""


def _subject(session: Session, organisation: Organisation, asked: Asked, now: datetime) -> Scope:
    given = {
        kind: key
        for kind, key in (
            (ScopeKind.REP, asked.rep),
            (ScopeKind.TEAM, asked.team),
            (ScopeKind.TERRITORY, asked.territory),
        )
        if key is not None
    }
    if len(given) > 1:
        raise ArgumentsExclude(field="rep", candidates=tuple(kind.value for kind in given))
    for kind, key in given.items():
        scope = find_scope(session, kind, key)
        if kind is ScopeKind.TEAM and asked.teams == TEAMS_NOW:
            return replace(scope, on=organisation.business_date(now))
        return scope
    return Scope(ScopeKind.ORGANISATION, label=organisation.name or None)


def _period(organisation: Organisation, asked: Asked) -> NamedPeriod | None:
    if asked.start is None and asked.end is None:
        return None if asked.period is None else parse(asked.period, organisation.fiscal_start)
    if asked.period is not None:
        raise ArgumentsExclude(field="period", candidates=("period", "from"))
    if asked.start is None or asked.end is None:
        missing = "to" if asked.end is None else "from"
        raise HalfAPeriod(field=missing, missing=missing)
    period = Period(_day("from", asked.start), _day("to", asked.end))
    return of_dates(period)


def _day(field: str, text: str) -> date:
    try:
        return _within(date.fromisoformat(text))
    except ValueError:
        raise DateUnreadable(field=field, given=text) from None


def _choice(kind: type[Choice], field: str, text: str | None) -> Choice | None:
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        candidates = tuple(choice.value for choice in kind)
        raise ArgumentUnknown(
            field=field, argument=field, given=text, candidates=candidates
        ) from None
