"""Words of findings: the sentence under a page's title, the SMART panel, the next acts."""

from collections.abc import Mapping
from decimal import Decimal

from spm.domain.metrics.registry import METRICS, MetricId, Unit
from spm.domain.period import PeriodKind
from spm.i18n import formats
from spm.i18n.words import N_, Words

SENTENCES: Mapping[str, str] = {
    "person.no-kpi": N_("No KPI is active yet."),
    "person.no-target": N_("No target for %(kpi)s in this period."),
    "person.no-attainment": N_(
        "%(kpi)s has a target for this period that the figure cannot be held against."
    ),
    "person.attained": N_("%(attained)s of target in %(kpi)s."),
    "person.on-pace": N_("%(attained)s of target in %(kpi)s, on pace."),
    "person.ahead": N_("%(attained)s of target in %(kpi)s, %(points)s points ahead of pace."),
    "person.behind": N_("%(attained)s of target in %(kpi)s, %(points)s points behind pace."),
    "person.limit": N_("%(stage)s is the limiting stage."),
    "team.nobody": N_("Nobody belonged to this team in this period."),
    "team.no-targets": N_("Nobody here has a target for %(kpi)s in this period."),
    "specific.no-name": N_("It has no name yet."),
    "specific.no-purpose": N_("Say what exactly is counted, and for whom."),
    "specific.said": N_("What is counted and for whom is said."),
    "measurable.unbound": N_("Bind it to a metric."),
    "measurable.no-argument": N_("Name the stage that deals are to reach."),
    "measurable.bound": N_("Bound to the metric %(metric)s: %(unit)s, %(direction)s."),
    "attainable.no-history": N_("There is no history yet. Say why it can be reached, and confirm."),
    "attainable.little-history": N_(
        "Only %(n)s earlier periods are known, fewer than %(least)s. "
        "Say why it can be reached, and confirm."
    ),
    "attainable.confirmed": N_(
        "Confirmed by name; each target is held against its owner's history."
    ),
    "attainable.history": N_("%(n)s earlier periods are known; targets are held against them."),
    "relevant.no-goal": N_("Link it to a company goal."),
    "relevant.goal": N_("Serves the goal: %(goal)s."),
    "time-bound.no-period": N_("Say how long its targets run."),
    "time-bound.period": N_("Its targets run for %(kind)s."),
}
"""Code → a sentence whose blanks the facts fill."""

COUNTED: Mapping[str, tuple[str, str, str]] = {
    "team.on-pace": (
        "known",
        N_("%(good)s of %(num)s is on pace in %(kpi)s."),
        N_("%(good)s of %(num)s are on pace in %(kpi)s."),
    ),
    "team.reached": (
        "known",
        N_("%(good)s of %(num)s reached the target in %(kpi)s."),
        N_("%(good)s of %(num)s reached their target in %(kpi)s."),
    ),
    "team.without-target": ("n", N_("%(num)s has no target."), N_("%(num)s have no target.")),
    "next.accept": ("n", N_("Answer %(num)s target"), N_("Answer %(num)s targets")),
    "next.past-close": (
        "n",
        N_("%(num)s open deal is past its close date"),
        N_("%(num)s open deals are past their close date"),
    ),
    "next.no-step": (
        "n",
        N_("%(num)s open deal has no next step"),
        N_("%(num)s open deals have no next step"),
    ),
    "next.no-amount": (
        "n",
        N_("%(num)s open deal has no amount"),
        N_("%(num)s open deals have no amount"),
    ),
    "next.objections": (
        "n",
        N_("Answer %(num)s objection to a target"),
        N_("Answer %(num)s objections to targets"),
    ),
    "next.unanswered": (
        "n",
        N_("%(num)s target waits for its owner's answer"),
        N_("%(num)s targets wait for their owners' answers"),
    ),
    "next.without-target": (
        "n",
        N_("%(num)s person has no target for this period"),
        N_("%(num)s people have no target for this period"),
    ),
    "next.drafts": ("n", N_("%(num)s KPI is still a draft"), N_("%(num)s KPIs are still drafts")),
}
"""Code → (the fact that counts, its sentence for one, its sentence for several)."""

UNITS: Mapping[str, str] = {
    Unit.MONEY: N_("an amount of money"),
    Unit.COUNT: N_("a number"),
    Unit.RATIO: N_("a share"),
    Unit.DAYS: N_("a number of days"),
    Unit.MONEY_PER_DAY: N_("money per day"),
}
DIRECTIONS: Mapping[str, str] = {"up": N_("more is better"), "down": N_("less is better")}
KINDS: Mapping[str, str] = {
    PeriodKind.MONTH: N_("a month"),
    PeriodKind.QUARTER: N_("a quarter"),
    PeriodKind.HALF: N_("half a year"),
    PeriodKind.YEAR: N_("a year"),
}


def sentence(code: str, facts: Mapping[str, object], words: Words) -> str:
    """Return the words of a finding in a language.

    Raises:
        KeyError: No sentence has that code.
    """
    blanks = {name: _written(name, fact, words) for name, fact in facts.items()}
    if code in COUNTED:
        counting, one, many = COUNTED[code]
        number = facts[counting]
        if not isinstance(number, int):
            raise KeyError(code)
        return words.ngettext(one, many, number, **blanks)
    return words.gettext(SENTENCES[code]) % blanks


def _written(name: str, fact: object, words: Words) -> str:
    match name, fact:
        case "attained", Decimal():
            return formats.percent(fact, words.locale)
        case "points", Decimal():
            return formats.number(fact * 100, words.locale, digits=0)
        case "metric", str():
            return words.gettext(METRICS[MetricId(fact)].label)
        case "unit", str():
            return words.gettext(UNITS[fact])
        case "direction", str():
            return words.gettext(DIRECTIONS[fact])
        case "kind", str():
            return words.gettext(KINDS.get(fact, fact))
        case _, (int() | Decimal()):
            return formats.number(Decimal(fact), words.locale)
        case _:
            return str(fact)
