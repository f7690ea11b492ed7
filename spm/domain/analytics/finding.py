"""The one-sentence finding under a page's title: what to say; the words are in the labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence: a stable code, and the facts that fill its blanks."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


def of_person(
    attained: Decimal | None,
    gap: Decimal | None,
    *,
    kpi: str,
    is_over: bool,
    limit: str | None,
    has_target: bool = False,
) -> tuple[Said, ...]:
    """Return what a person's card says.

    Args:
        attained: Attainment of the headline KPI, None without a target or figure.
        gap: Points ahead of or behind pace, None without a pace.
        kpi: The headline KPI's name.
        is_over: Whether the period is.
        limit: Name of the limiting stage, if one is.
        has_target: Whether a target is set, though ``attained`` may be unknown: one of zero, or one
            in another currency than the figure.
    """
    if attained is None and has_target:
        return (Said("person.no-attainment", {"kpi": kpi}), *_limiting(limit))
    return _headline(attained, gap, kpi=kpi, is_over=is_over) + _limiting(limit)


def of_team(
    good: int, known: int, rows: int, *, kpi: str, is_over: bool, limit: str | None
) -> tuple[Said, ...]:
    """Return what a team's card says: how many are on pace, and which stage limits the team.

    Args:
        good: Rows on pace or on target in the headline KPI.
        known: Rows of which that can be said.
        rows: All rows.
        kpi: The headline KPI's name.
        is_over: Whether the period is.
        limit: Name of the team's limiting stage, if one is.
    """
    if rows == 0:
        return (Said("team.nobody"),)
    if known == 0:
        return (Said("team.no-targets", {"kpi": kpi}), *_limiting(limit))
    facts = {"good": good, "known": known, "kpi": kpi}
    said = [Said("team.reached" if is_over else "team.on-pace", facts)]
    if known < rows:
        said.append(Said("team.without-target", {"n": rows - known}))
    return (*said, *_limiting(limit))


def _headline(
    attained: Decimal | None, gap: Decimal | None, *, kpi: str, is_over: bool
) -> tuple[Said, ...]:
    if attained is None:
        return (Said("person.no-target", {"kpi": kpi}),)
    facts: dict[str, object] = {"attained": attained, "kpi": kpi}
    if is_over or gap is None:
        return (Said("person.attained", facts),)
    facts["points"] = abs(gap)
    if abs(gap) < Decimal("0.005"):
        return (Said("person.on-pace", facts),)
    return (Said("person.ahead" if gap > 0 else "person.behind", facts),)


def _limiting(limit: str | None) -> tuple[Said, ...]:
    return () if limit is None else (Said("person.limit", {"stage": limit}),)
