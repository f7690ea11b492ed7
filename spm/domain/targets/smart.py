"""SMART: the five things that a KPI must say before it is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from spm.domain.errors import Conflict, Invalid
from spm.domain.ratio import quotient

LEAST_HISTORY = 4
"""Earlier periods under which a history says too little and attainability is confirmed by hand."""


class Letter(StrEnum):
    """The five letters (scope.md 84)."""

    SPECIFIC = "specific"
    MEASURABLE = "measurable"
    ATTAINABLE = "attainable"
    RELEVANT = "relevant"
    TIME_BOUND = "time-bound"


class NotSmart(Conflict):
    """A KPI that does not hold all five cannot be activated; ``letters`` names what is missing."""

    code = "kpis.not-smart"


class LetterLost(Invalid):
    """An edit would take a letter away from a KPI that is in use; ``letters`` names which."""

    code = "kpis.letter-lost"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one letter was found to be.

    Attributes:
        letter: Which of the five.
        holds: Whether it does.
        code: Stable id of the finding; the words are in the labels.
        facts: What fills the words' blanks.
    """

    letter: Letter
    holds: bool
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a KPI says so far; empty text and None where it does not say.

    Attributes:
        name: What is measured, in words.
        purpose: What exactly, for whom.
        metric: The bound metric's id, None while unbound or unknown.
        unit: The metric's unit.
        direction: ``up`` where more is better, ``down`` where less is.
        lacks_argument: The metric's required argument that is missing (``stage``), or None.
        history: The figure of those it is for in earlier periods of the same
            kind, oldest first, without unknowns; targets are held against it.
        is_confirmed: Somebody confirmed by name that it can be reached without such a history.
        goal: The name of the company goal that it serves, None without one.
        period_kind: How long its targets run, None while unsaid.
    """

    name: str
    purpose: str
    metric: str | None
    unit: str | None
    direction: str | None
    lacks_argument: str | None
    history: tuple[Decimal, ...]
    is_confirmed: bool
    goal: str | None
    period_kind: str | None


class Reach(StrEnum):
    """How hard a value is by its own history."""

    UNKNOWN = "unknown"
    USUAL = "usual"
    STRETCH = "stretch"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Attainability:
    """A value against a history of the same figure.

    Attributes:
        n: Earlier periods known.
        reached: In how many of them the value was reached.
        percentile: Share of them below the value, ties by half (0.9: harder
            than nine of ten); None at n = 0.
        best: The best of them; None at n = 0.
        reach: ``USUAL`` where at least half reached it, ``STRETCH`` where some
            did, ``NEVER`` where none, ``UNKNOWN`` under ``LEAST_HISTORY``.
    """

    n: int
    reached: int
    percentile: Decimal | None
    best: Decimal | None
    reach: Reach


def attainability(
    value: Decimal, history: Sequence[Decimal], *, lower_is_better: bool = False
) -> Attainability:
    """Return how hard ``value`` is by its own ``history``.

    Source:
        Mean percentile rank: (below + ties ÷ 2) ÷ n; market.md N5.
    """
    sign = -1 if lower_is_better else 1
    n = len(history)
    easier = sum(1 for past in history if past * sign < value * sign)
    same = sum(1 for past in history if past == value)
    rank = quotient(Decimal(easier) + Decimal(same) / 2, n)
    best = max(history, key=lambda past: past * sign, default=None)
    return Attainability(n, n - easier, rank, best, _reach(n, n - easier))


def _reach(n: int, reached: int) -> Reach:
    if n < LEAST_HISTORY:
        return Reach.UNKNOWN
    if reached == 0:
        return Reach.NEVER
    return Reach.USUAL if reached * 2 >= n else Reach.STRETCH


def check(draft: Draft) -> tuple[Finding, ...]:
    """Return the finding of each letter, in the order of the word."""
    return (
        _specific(draft),
        _measurable(draft),
        _attainable(draft),
        _relevant(draft),
        _time(draft),
    )


def require_smart(draft: Draft) -> None:
    """Let pass a draft of which all five letters hold.

    Raises:
        NotSmart: ``letters`` are those that do not.
    """
    missing = tuple(finding.letter for finding in check(draft) if not finding.holds)
    if missing:
        raise NotSmart(letters=missing)


def require_kept(before: Draft, after: Draft) -> None:
    """Let pass an edit of a KPI in use that takes none of its letters away.

    Raises:
        LetterLost: ``letters`` held before and would not any more.
    """
    pairs = zip(check(before), check(after), strict=True)
    lost = tuple(now.letter for then, now in pairs if then.holds and not now.holds)
    if lost:
        raise LetterLost(field=_FIELDS[lost[0]], letters=lost)


_FIELDS = {
    Letter.SPECIFIC: "specific",
    Letter.MEASURABLE: "metric",
    Letter.ATTAINABLE: "is_confirmed",
    Letter.RELEVANT: "goal_id",
    Letter.TIME_BOUND: "period_kind",
}
"""What of a KPI to look at first where a letter is missing."""


def _specific(draft: Draft) -> Finding:
    if not draft.name.strip():
        return Finding(Letter.SPECIFIC, holds=False, code="specific.no-name")
    if not draft.purpose.strip():
        return Finding(Letter.SPECIFIC, holds=False, code="specific.no-purpose")
    return Finding(Letter.SPECIFIC, holds=True, code="specific.said")


def _measurable(draft: Draft) -> Finding:
    if draft.metric is None or draft.unit is None or draft.direction is None:
        return Finding(Letter.MEASURABLE, holds=False, code="measurable.unbound")
    facts = {"metric": draft.metric, "unit": draft.unit, "direction": draft.direction}
    if draft.lacks_argument is not None:
        facts["argument"] = draft.lacks_argument
        return Finding(Letter.MEASURABLE, holds=False, code="measurable.no-argument", facts=facts)
    return Finding(Letter.MEASURABLE, holds=True, code="measurable.bound", facts=facts)


def _attainable(draft: Draft) -> Finding:
    facts = {"n": len(draft.history), "least": LEAST_HISTORY}
    if len(draft.history) >= LEAST_HISTORY:
        return Finding(Letter.ATTAINABLE, holds=True, code="attainable.history", facts=facts)
    if draft.is_confirmed:
        return Finding(Letter.ATTAINABLE, holds=True, code="attainable.confirmed", facts=facts)
    code = "attainable.little-history" if draft.history else "attainable.no-history"
    return Finding(Letter.ATTAINABLE, holds=False, code=code, facts=facts)


def _relevant(draft: Draft) -> Finding:
    if draft.goal is None:
        return Finding(Letter.RELEVANT, holds=False, code="relevant.no-goal")
    return Finding(Letter.RELEVANT, holds=True, code="relevant.goal", facts={"goal": draft.goal})


def _time(draft: Draft) -> Finding:
    if draft.period_kind is None:
        return Finding(Letter.TIME_BOUND, holds=False, code="time-bound.no-period")
    facts = {"kind": draft.period_kind}
    return Finding(Letter.TIME_BOUND, holds=True, code="time-bound.period", facts=facts)
