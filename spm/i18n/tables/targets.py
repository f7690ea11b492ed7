"""Words of goals, KPIs, targets and scorecards: their enumerations and their error codes."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.analytics.scorecard import Status
from spm.domain.targets import attainment, pace, resolve, smart
from spm.domain.targets.kpi import KpiState
from spm.domain.targets.state import AnswerKind, TargetState
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    KpiState: {
        KpiState.DRAFT: N_("Draft"),
        KpiState.ACTIVE: N_("Active"),
        KpiState.RETIRED: N_("Retired"),
    },
    TargetState: {
        TargetState.SET: N_("Waiting for an answer"),
        TargetState.ACCEPTED: N_("Accepted"),
        TargetState.OBJECTED: N_("Objection"),
    },
    AnswerKind: {
        AnswerKind.ACCEPT: N_("Accepted"),
        AnswerKind.OBJECT: N_("Objected"),
        AnswerKind.COMMENT: N_("Commented"),
    },
    Status: {
        Status.MET: N_("Met"),
        Status.ON_PACE: N_("On pace"),
        Status.CLOSE: N_("Close"),
        Status.BEHIND: N_("Behind"),
        Status.MISSED: N_("Missed"),
        Status.UNKNOWN: N_("No attainment"),
    },
    attainment.Missing: {
        attainment.Missing.NO_TARGET: N_("No target is set for this period."),
        attainment.Missing.NO_ACTUAL: N_("There is no figure for this period."),
        attainment.Missing.NOT_APPLICABLE: N_("A target of zero has no attainment."),
        attainment.Missing.OTHER_CURRENCY: N_("The target and the result are in other currencies."),
    },
    attainment.Form: {
        attainment.Form.HIGHER: N_("Actual ÷ target"),
        attainment.Form.HIGHER_NEGATIVE: N_("1 + (actual − target) ÷ |target|"),
        attainment.Form.LOWER: N_("1 − (actual − target) ÷ |target|"),
        attainment.Form.BASELINE: N_("(actual − start) ÷ (target − start)"),
        attainment.Form.RANGE: N_("1 inside the range, less by the distance outside"),
    },
    pace.NoPace: {
        pace.NoPace.NO_TARGET: N_("No target is set for this period."),
        pace.NoPace.NO_ACTUAL: N_("There is no figure for this period."),
        pace.NoPace.NOT_APPLICABLE: N_("A target of zero has no pace."),
        pace.NoPace.NOT_BEGUN: N_("No working day of the period is over yet."),
        pace.NoPace.NOT_ADDITIVE: N_("Rates, averages and stocks have no pace."),
        pace.NoPace.OTHER_CURRENCY: N_("The target and the result are in other currencies."),
    },
    resolve.NoTarget: {
        resolve.NoTarget.NO_TARGET: N_("No target is set for this period."),
        resolve.NoTarget.MIXED_CURRENCIES: N_("Its parts are in several currencies."),
        resolve.NoTarget.NOT_ADDITIVE: N_("Targets of parts of the period do not add up."),
    },
    resolve.Rule: {
        resolve.Rule.EXACT: N_("Set for exactly this period"),
        resolve.Rule.SUM: N_("Sum of the targets inside the period"),
        resolve.Rule.PRORATED: N_("Prorated by working days"),
        resolve.Rule.CONTAINING: N_("Set for a longer period that contains this one"),
    },
    smart.Letter: {
        smart.Letter.SPECIFIC: N_("Specific"),
        smart.Letter.MEASURABLE: N_("Measurable"),
        smart.Letter.ATTAINABLE: N_("Attainable"),
        smart.Letter.RELEVANT: N_("Relevant"),
        smart.Letter.TIME_BOUND: N_("Time-bound"),
    },
    smart.Reach: {
        smart.Reach.UNKNOWN: N_("Too little history to say"),
        smart.Reach.USUAL: N_("Usually reached"),
        smart.Reach.STRETCH: N_("A stretch"),
        smart.Reach.NEVER: N_("Never reached before"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "goals.name-missing": N_("Give the goal a name."),
    "goals.name-taken": N_("There is already a goal called %(name)s."),
    "kpis.name-missing": N_("Give the KPI a name."),
    "kpis.not-a-draft": N_("Only a draft can be activated."),
    "kpis.not-active": N_("This KPI is not active."),
    "kpis.not-smart": N_("Not all five letters hold yet. Missing: %(letters)s."),
    "kpis.letter-lost": N_(
        "A KPI that is in use keeps what was said of it. This would not hold any more: %(letters)s."
    ),
    "kpis.measure-fixed": N_(
        "What an active KPI measures, for whom and by which period stays as it is. "
        "Retire it and define another."
    ),
    "kpis.not-a-target-metric": N_("A KPI measures deals; this metric is about a target itself."),
    "kpis.range-backwards": N_("The range ends below its beginning."),
    "targets.already-accepted": N_("This target was accepted before."),
    "targets.already-objected": N_(
        "You have objected to this target. Add what is new as a comment."
    ),
    "targets.superseded": N_("This target was revised meanwhile. Read the new value first."),
    "targets.words-missing": N_("Say why, in a few words."),
    "targets.nothing-revised": N_("Neither the value nor the rationale differs."),
    "targets.exists": N_("%(owner)s already has a target for %(period)s. Revise it instead."),
    "targets.zero": N_("A target of zero has no attainment. Give another value."),
    "targets.too-fine": N_("At most %(digits)s digits after the decimal mark."),
    "targets.too-large": N_("At most %(largest)s."),
    "targets.not-for-owner": N_("The KPI %(kpi)s is for %(team)s only."),
    "targets.nothing-to-spread-by": N_("There is nobody to share the total with."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
