"""The organisation: its settings, its people, and who belongs where on which day.

Facts about who belongs where are half-open spans of dates. Access is judged on today's tree,
content on the tree of the content's date; both ask the functions here, with different days.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from spm.domain.access import Role
from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import PersonId
from spm.domain.money import MINOR_DIGITS, CurrencyUnknown
from spm.domain.period import NEVER, covers
from spm.domain.text import clean_line

LOCALES = ("en", "ja", "ko", "uk")
"""The languages that the product speaks."""

THEMES = ("auto", "light", "dark")
"""How a person wants pages drawn."""

LONGEST_LOCAL_PART = 64


MINIMUM_N = 10
"""Cases under which a rate is greyed, until the organisation says otherwise."""
LARGEST_MINIMUM = 1_000


@dataclass(frozen=True, slots=True)
class Organisation:
    """What every figure needs to know of the organisation.

    Attributes:
        name: As people call it; empty before set-up.
        time_zone: IANA name; business dates come from instants in it.
        currency: ISO 4217 code that amounts are in where nothing else is said.
        fiscal_start: Month (1-12) in which the fiscal year starts.
        locale: Language of what has no reader's own: ``en``, ``ja``, ``ko``, ``uk``.
        holidays: Days that are no working days although they are no weekend.
        is_set_up: Somebody has answered the set-up, or an import has.
        minimum_n: From how many cases on a rate is shown as more than a hint.
    """

    name: str = ""
    time_zone: str = "UTC"
    currency: str = "USD"
    fiscal_start: int = 1
    locale: str = "en"
    holidays: frozenset[date] = frozenset()
    is_set_up: bool = False
    minimum_n: int = MINIMUM_N

    @property
    def zone(self) -> ZoneInfo:
        """The zone of ``time_zone``."""
        return ZoneInfo(self.time_zone)

    def business_date(self, instant: datetime) -> date:
        """Return the date of an aware ``instant`` in the organisation's zone."""
        return instant.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the UTC instant at which ``day`` begins in the organisation's zone."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


class LinkKind(StrEnum):
    """What a dated fact ties a person to."""

    MEMBERSHIP = "membership"
    LINE = "line"
    POSTING = "posting"
    HEAD = "head"
    TERRITORY = "territory"


class ZoneUnknown(Invalid):
    """No IANA time zone has this name."""

    code = "organisation.zone-unknown"


class LocaleUnknown(Invalid):
    """The product does not speak this language."""

    code = "organisation.locale-unknown"


class MinimumUnfit(Invalid):
    """A rate can be asked to rest on 1 to 1,000 cases."""

    code = "organisation.minimum-unfit"


class MonthUnknown(Invalid):
    """A fiscal year begins in one of twelve months."""

    code = "organisation.month-unknown"


class NameMissing(Invalid):
    """What has no name cannot be found."""

    code = "organisation.name-missing"


class NameTaken(Invalid):
    """Another one is called so."""

    code = "organisation.name-taken"


class EmailUnfit(Invalid):
    """This cannot be an e-mail address."""

    code = "organisation.email-unfit"


class EmailTaken(Invalid):
    """Somebody else has this e-mail address."""

    code = "organisation.email-taken"


class TreeCircle(Invalid):
    """A thing cannot stand below itself."""

    code = "organisation.tree-circle"


class LineCircle(Invalid):
    """A manager cannot report to somebody whom he leads."""

    code = "organisation.line-circle"


class DayUnfit(Invalid):
    """A change happens on a day, not after the last."""

    code = "organisation.day-unfit"


class LastAdministrator(Conflict):
    """Somebody must be able to let people in."""

    code = "organisation.last-administrator"


class RoleHeld(Conflict):
    """The person has this role, or it is already proposed."""

    code = "organisation.role-held"


class RoleNotHeld(Conflict):
    """The person does not have this role, or nobody proposed it."""

    code = "organisation.role-not-held"


class SecondNeeded(Conflict):
    """Who proposed a role cannot confirm it: that takes a second administrator."""

    code = "organisation.second-needed"


NEEDS_SECOND = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles that one administrator proposes and another confirms (access matrix, row 20)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is measured or who signs in.

    Attributes:
        email: None for people who only came with an import.
        locale: The language chosen; None leaves it to the browser and the organisation.
        theme: ``auto``, ``light`` or ``dark``.
        left_on: The first day on which the person is no longer here; None while here.
        version: Grows with each change.
    """

    id: PersonId
    name: str
    email: str | None = None
    title: str = ""
    locale: str | None = None
    theme: str = "auto"
    left_on: date | None = None
    version: int = 1

    def has_left(self, day: date) -> bool:
        """Return whether the person is gone on ``day``."""
        return self.left_on is not None and self.left_on <= day


@dataclass(frozen=True, slots=True)
class Span:
    """That something holds on the days ``[start_on, end_on)``: a team, a manager, an office."""

    target_id: int
    start_on: date
    end_on: date

    def covers(self, day: date) -> bool:
        """Return whether it holds on ``day``."""
        return covers(self.start_on, self.end_on, day)


@dataclass(frozen=True, slots=True)
class Line:
    """That a person reports to a manager on the days ``[start_on, end_on)``."""

    person_id: PersonId
    manager_id: PersonId
    start_on: date
    end_on: date


def check_day(day: date, field: str = "day") -> date:
    """Return ``day`` if a change can happen on it.

    Raises:
        DayUnfit: It is NEVER.
    """
    if day >= NEVER:
        raise DayUnfit(field=field)
    return day


def changed(spans: Iterable[Span], day: date, target_id: int | None) -> tuple[Span, ...]:
    """Return what holds when from ``day`` on ``target_id`` does, until the next known change.

    What held on ``day`` ends with it; a change that is already known for a later day stays. So a
    correction into the past replaces one stretch and no other, and a move planned for tomorrow
    survives a move today.

    Args:
        spans: What holds so far, one at a time (they do not overlap).
        day: From when, 00:00 in the organisation's zone; EVER for always.
        target_id: None: nothing holds from then on.

    Returns:
        The spans by start, none touching another with the same target.

    Raises:
        DayUnfit: ``day`` is NEVER.
    """
    check_day(day)
    known = sorted(spans, key=lambda span: span.start_on)
    until = min((edge for edge in _edges(known) if edge > day), default=NEVER)
    kept = [
        piece
        for span in known
        for piece in (
            Span(span.target_id, span.start_on, min(span.end_on, day)),
            Span(span.target_id, max(span.start_on, until), span.end_on),
        )
        if piece.start_on < piece.end_on
    ]
    if target_id is not None:
        kept.append(Span(target_id, day, until))
    return _joined(kept)


def _edges(spans: Iterable[Span]) -> Iterator[date]:
    for span in spans:
        yield span.start_on
        yield span.end_on


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start_on):
        last = joined[-1] if joined else None
        if last and (last.target_id, last.end_on) == (span.target_id, span.start_on):
            joined[-1] = Span(last.target_id, last.start_on, span.end_on)
        else:
            joined.append(span)
    return tuple(joined)


def people_below(lines: Iterable[tuple[int, int]], leader_id: int) -> frozenset[PersonId]:
    """Return everybody below ``leader_id`` at any depth, without the leader.

    Args:
        lines: (manager, report) pairs of one day. A circle, which ``check_line`` refuses, does not
            trap this: a person is met once.
        leader_id: From whom to go down.
    """
    below: dict[int, list[int]] = {}
    for manager_id, report_id in lines:
        below.setdefault(manager_id, []).append(report_id)
    return frozenset(PersonId(met) for met in _met(below, leader_id))


def descendants(parents: Mapping[int, int | None], root_id: int) -> frozenset[int]:
    """Return what stands below ``root_id`` in a tree of child → parent, without it."""
    below: dict[int, list[int]] = {}
    for child_id, parent_id in parents.items():
        if parent_id is not None:
            below.setdefault(parent_id, []).append(child_id)
    return _met(below, root_id)


def _met(below: Mapping[int, Iterable[int]], root_id: int) -> frozenset[int]:
    met: set[int] = set()
    waiting = list(below.get(root_id, ()))
    while waiting:
        at = waiting.pop()
        if at not in met and at != root_id:
            met.add(at)
            waiting.extend(below.get(at, ()))
    return frozenset(met)


def check_parent(parents: Mapping[int, int | None], child_id: int, parent_id: int | None) -> None:
    """Let pass a parent that keeps the tree a tree.

    Raises:
        TreeCircle: ``parent_id`` is the child, or stands below it.
    """
    if parent_id is not None and (
        parent_id == child_id or parent_id in descendants(parents, child_id)
    ):
        raise TreeCircle(field="parent")


def check_line(lines: Iterable[Line], person_id: PersonId, line: Span) -> None:
    """Let pass a reporting line under which nobody leads himself on any day.

    Args:
        lines: All other people's lines; the person's own are left out.
        person_id: Who reports.
        line: To whom, and when.

    Raises:
        LineCircle: On some day of the line the manager is the person, or below the person.
    """
    if line.target_id == person_id:
        raise LineCircle(field="manager", day=line.start_on)
    others = [each for each in lines if each.person_id != person_id]
    days = {line.start_on} | {
        each.start_on for each in others if line.start_on < each.start_on < line.end_on
    }
    for day in sorted(days):
        pairs = [
            (each.manager_id, each.person_id)
            for each in others
            if covers(each.start_on, each.end_on, day)
        ]
        if line.target_id in people_below(pairs, person_id):
            raise LineCircle(field="manager", day=day)


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """Return the names of the zones that an organisation can be in."""
    return frozenset(name for name in available_timezones() if name == "UTC" or _is_place(name))


def _is_place(name: str) -> bool:
    area = name.partition("/")[0]
    return area in {
        "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
        "Indian", "Pacific",
    }  # fmt: skip


def check_settings(
    *,
    name: str,
    time_zone: str,
    currency: str,
    fiscal_start: int,
    locale: str,
    minimum_n: int = MINIMUM_N,
) -> Organisation:
    """Return the settings as a record, set up.

    Raises:
        NameMissing: The organisation has no name.
        ZoneUnknown: ``time_zone`` is no IANA zone of a place, nor UTC.
        CurrencyUnknown: ISO 4217 has no such code.
        MonthUnknown: ``fiscal_start`` is not 1 to 12.
        LocaleUnknown: The product does not speak it.
        MinimumUnfit: ``minimum_n`` is not 1 to 1,000.
    """
    if not name:
        raise NameMissing(field="name")
    if time_zone not in time_zones():
        raise ZoneUnknown(field="time_zone", zone=time_zone)
    if currency not in MINOR_DIGITS:
        raise CurrencyUnknown(field="currency", currency=currency)
    if fiscal_start not in range(1, 13):
        raise MonthUnknown(field="fiscal_start", month=fiscal_start)
    check_locale(locale)
    if not 1 <= minimum_n <= LARGEST_MINIMUM:
        raise MinimumUnfit(field="minimum_n", most=LARGEST_MINIMUM)
    return Organisation(
        name, time_zone, currency, fiscal_start, locale, is_set_up=True, minimum_n=minimum_n
    )


def check_locale(locale: str) -> str:
    """Return ``locale`` if the product speaks it.

    Raises:
        LocaleUnknown: It does not.
    """
    if locale not in LOCALES:
        raise LocaleUnknown(field="locale", locale=locale)
    return locale


def clean_email(raw: str) -> str:
    """Return an e-mail address, trimmed.

    One linear look: something, one @, a host; whether mail arrives, only mail can tell.

    Raises:
        EmailUnfit: It is none.
        TextTooLong, TextRefused: As any line.
    """
    email = clean_line(raw, 254, "email")
    local, _at, host = email.rpartition("@")
    labels = host.split(".")
    is_fit = (
        0 < len(local) <= LONGEST_LOCAL_PART
        and not any(c.isspace() or c in '@<>()[],;:\\"' for c in local)
        and all(label and label.replace("-", "").isalnum() for label in labels)
        and not any(label.startswith("-") or label.endswith("-") for label in labels)
    )
    if not is_fit:
        raise EmailUnfit(field="email", email=email)
    return email
