"""What a pack names and points out: the largest deals, the facts worth a sentence, what changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from unicodedata import category, combining, normalize

from spm.domain.analytics.scorecard import median_of
from spm.domain.money import Money
from spm.domain.packs.content import (
    MOST_NAMED,
    Change,
    Crew,
    Deals,
    KpiSheet,
    Member,
    PackContent,
    PackDeal,
    Rung,
)
from spm.domain.ratio import quotient

_LATE = frozenset({"behind", "missed"})
"""The scorecard's words for a KPI that falls short."""


def number_of(first: int, issue: int) -> str:
    """The number of a pack: that of the first issue for the person and period, then the issue."""
    return f"P-{first:06d}-{issue}"


_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""The Latin letters that do not fall into a plain one and a mark."""


def file_name(person: str, period: str, number: str) -> str:
    """A name for the file: letters, digits and hyphens; Latin letters without their marks, those of
    other scripts as they are.
    """
    kept = "".join(_plain(c) for c in normalize("NFC", person.casefold().translate(_PLAIN)))
    words = "-".join(part for part in kept.split("-") if part)[:40]
    where = "".join(c if c.isascii() and (c.isalnum() or c == "-") else "-" for c in period)
    return "-".join(part for part in ("review", words, where, number) if part) + ".pdf"


def _plain(character: str) -> str:
    letters = "".join(c for c in normalize("NFKD", character) if not combining(c))
    if letters.isascii():
        return letters if letters.isalnum() else "-"
    return character if category(character)[0] in "LNM" else "-"


def largest(deals: Sequence[PackDeal], most: int) -> Deals:
    """The largest deals of some, with the number and the worth of them all."""
    by_size = sorted(deals, key=lambda deal: (-(deal.amount.minor if deal.amount else 0), deal.id))
    return Deals(tuple(by_size[:most]), len(deals), _sum(deals))


def longest_past(deals: Sequence[PackDeal], most: int) -> Deals:
    """The deals whose expected close lies furthest back, with the number and worth of them all."""
    by_date = sorted(deals, key=lambda deal: (deal.expected_on or date.max, deal.id))
    return Deals(tuple(by_date[:most]), len(deals), _sum(deals))


def _sum(deals: Sequence[PackDeal]) -> Money | None:
    amounts = [deal.amount for deal in deals if deal.amount is not None]
    currencies = {amount.currency for amount in amounts}
    if len(currencies) != 1:
        return None
    return Money(currencies.pop(), sum(amount.minor for amount in amounts))


def changes_between(before: PackContent, after: PackContent) -> tuple[Change, ...]:
    """What a reader of the earlier pack has to know: each KPI's actual and target that differ."""
    old = {sheet.key: sheet for sheet in before.kpis}
    new = {sheet.key: sheet for sheet in after.kpis}
    found: list[Change] = []
    for key, sheet in new.items():
        was = old.get(key)
        if was is None:
            found.append(_change(sheet, "kpi", None, sheet.now.figure.value))
            continue
        pairs = (
            ("actual", was.now.figure.value, sheet.now.figure.value),
            ("target", was.now.target, sheet.now.target),
        )
        found += [_change(sheet, part, a, b) for part, a, b in pairs if a != b]
    gone = (sheet for key, sheet in old.items() if key not in new)
    return (*found, *(_change(sheet, "kpi", sheet.now.figure.value, None) for sheet in gone))


SECTIONS = (
    "open",
    "won",
    "lost",
    "lessons",
    "shares",
    "hygiene",
    "falls",
    "slippage",
    "forecasts",
    "outlook",
    "next_targets",
    "crew",
    "decisions",
)
"""Fields of a pack that a reader is told of when they differ."""


def sections_between(before: PackContent, after: PackContent) -> tuple[str, ...]:
    """Which of SECTIONS differ between two packs.

    What the earlier one could not hold yet, because an older release wrote it, does not.
    """
    is_old = not (before.shares or before.forecasts)
    return tuple(
        name
        for name in SECTIONS
        if getattr(before, name) != getattr(after, name) and not (is_old and name in _LATER)
    )


_LATER = frozenset({"forecasts", "shares", "lessons"})
"""Of SECTIONS, those that the first release did not write."""


def _change(sheet: KpiSheet, part: str, before: Decimal | None, after: Decimal | None) -> Change:
    return Change(sheet.name, part, sheet.unit, sheet.currency, before, after)


class FactKind(StrEnum):
    """What a fact is about."""

    CHANGE = "change"
    LIMIT = "limit"
    BEHIND = "behind"
    PAST_CLOSE = "past-close"
    WIN = "win"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a reader should know first.

    Attributes:
        sheet: The KPI that it is about.
        rung: The stage that it is about.
        deal: The deal that it is about.
        deals: The deals that it is about.
        ratio: By how much: of the period before, or of the target.
    """

    kind: FactKind
    sheet: KpiSheet | None = None
    rung: Rung | None = None
    deal: PackDeal | None = None
    deals: Deals | None = None
    ratio: Decimal | None = None


def top_facts(content: PackContent) -> tuple[Fact, ...]:
    """The first MOST_NAMED facts that hold, in this order: how the first KPI moved against the
    period before, the stage that limits, the other KPI furthest behind its target, deals past their
    expected close, the largest win, the other KPI furthest beyond its target.
    """
    return tuple(_facts(content))[:MOST_NAMED]


def _facts(content: PackContent) -> Iterator[Fact]:
    first = content.headline
    if first is not None and first.prior is not None:
        now, before = first.now.figure.value, first.prior.figure.value
        moved = None if now is None or before is None else quotient(now - before, abs(before))
        if moved is not None and first.now.is_over:
            yield Fact(FactKind.CHANGE, sheet=first, ratio=moved)
    if content.limit is not None and content.limit.needed is not None:
        yield Fact(FactKind.LIMIT, rung=content.limit)
    others = [
        (sheet.now.attained, sheet) for sheet in content.kpis[1:] if sheet.now.attained is not None
    ]
    late = (pair for pair in others if pair[1].status in _LATE)
    worst = min(late, key=lambda pair: pair[0], default=None)
    if worst is not None:
        yield Fact(FactKind.BEHIND, sheet=worst[1], ratio=worst[0])
    if content.hygiene.past_close.count:
        yield Fact(FactKind.PAST_CLOSE, deals=content.hygiene.past_close)
    if content.won.named:
        yield Fact(FactKind.WIN, deal=content.won.named[0])
    best = max(others, key=lambda pair: pair[0], default=None)
    if best is not None and best[0] >= 1:
        yield Fact(FactKind.AHEAD, sheet=best[1], ratio=best[0])


BANDS = (Decimal("0.5"), Decimal("0.8"), Decimal(1), Decimal("1.2"))
"""Where the bands of attainment meet; each holds its lower bound."""


def spread_of(crew: Crew) -> tuple[tuple[Decimal | None, Decimal | None, int], ...]:
    """How many people of a team attained how much of their target of the first KPI.

    Bands from low (None: anything) up to, not including, high (None: anything), the lowest first.
    """
    attained = [
        ratio for ratio in (_first(member) for member in _people(crew)) if ratio is not None
    ]
    edges: tuple[Decimal | None, ...] = (None, *BANDS, None)
    return tuple(
        (
            low,
            high,
            sum((low is None or r >= low) and (high is None or r < high) for r in attained),
        )
        for low, high in pairwise(edges)
    )


@dataclass(frozen=True, slots=True)
class Load:
    """Whether those who reach their targets have room for more (the signal to hire).

    Attributes:
        people: Those with a target of the first KPI.
        reached: Those of them who reached it.
        median: Of the open deals of everybody in the team; None without anybody.
        full: Those who reached it and hold more open deals than the median.
        teams: The teams below with a target of the first KPI.
        teams_reached: Those of them that reached it.
    """

    people: int
    reached: int
    median: Decimal | None
    full: int
    teams: int = 0
    teams_reached: int = 0

    @property
    def is_signal(self) -> bool:
        """Whether at least half of two or more who reached their targets are at full load."""
        return self.reached > 1 and self.full * 2 >= self.reached


def load_of(crew: Crew) -> Load:
    """How the people of a team stand, and how much those carry who reached their targets."""
    people = _people(crew)
    middle = median_of(Decimal(member.open_deals or 0) for member in people)
    aimed = [member for member in people if _first(member) is not None]
    reached = [member for member in aimed if (_first(member) or Decimal(0)) >= 1]
    full = [one for one in reached if middle is not None and (one.open_deals or 0) > middle]
    below = [_first(member) for member in crew.members if member.is_team]
    targets = [ratio for ratio in below if ratio is not None]
    done = sum(ratio >= 1 for ratio in targets)
    return Load(len(aimed), len(reached), middle, len(full), len(targets), done)


def _people(crew: Crew) -> tuple[Member, ...]:
    return tuple(member for member in crew.members if not member.is_team)


def _first(member: Member) -> Decimal | None:
    return member.cells[0].attained if member.cells else None
