"""Words of metrics: its enumerations and its error codes."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.metrics.figure import Outcome, ScopeKind
from spm.domain.metrics.registry import (
    METRICS,
    Basis,
    Dimension,
    Direction,
    Kind,
    MetricId,
    Unit,
)
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    MetricId: {metric.id: metric.label for metric in METRICS.values()},
    Unit: {
        Unit.MONEY: N_("Money"),
        Unit.COUNT: N_("Number"),
        Unit.RATIO: N_("Ratio"),
        Unit.DAYS: N_("Days"),
        Unit.MONEY_PER_DAY: N_("Money per day"),
    },
    Kind: {
        Kind.EVENT: N_("Over a period"),
        Kind.STATE: N_("At an instant"),
        Kind.TARGET: N_("Against a target"),
    },
    Direction: {
        Direction.UP: N_("Higher is better"),
        Direction.DOWN: N_("Lower is better"),
    },
    Dimension: {
        Dimension.REP: N_("Rep"),
        Dimension.TEAM: N_("Team"),
        Dimension.OFFICE: N_("Office"),
        Dimension.TERRITORY: N_("Territory"),
        Dimension.PRODUCT: N_("Product"),
        Dimension.ACCOUNT: N_("Account"),
        Dimension.STAGE: N_("Stage"),
        Dimension.SOURCE: N_("Source"),
        Dimension.MONTH: N_("Month"),
        Dimension.QUARTER: N_("Quarter"),
    },
    Basis: {
        Basis.CLOSED: N_("Closed deals"),
        Basis.OPEN: N_("Open deals"),
        Basis.FURTHEST: N_("Furthest stage reached"),
        Basis.STRICT: N_("Strict order"),
        Basis.ANY_ORDER: N_("Any order"),
    },
    Outcome: {
        Outcome.WENT_ON: N_("went on"),
        Outcome.LOST: N_("lost before"),
        Outcome.OPEN: N_("still open"),
    },
    ScopeKind: {
        ScopeKind.REP: N_("Rep"),
        ScopeKind.TEAM: N_("Team"),
        ScopeKind.TERRITORY: N_("Territory"),
        ScopeKind.ORGANISATION: N_("Organisation"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "metric.unknown": N_("There is no metric %(given)s. There are: %(candidates)s."),
    "figure.period-needed": N_("%(metric)s is taken over a period, and none is named."),
    "figure.stage-needed": N_("%(metric)s is about a stage, and none is named."),
    "figure.argument-not-taken": N_("%(metric)s takes no %(argument)s."),
    "figure.value-not-taken": N_(
        "%(metric)s does not take %(given)s as %(argument)s. It takes: %(candidates)s."
    ),
    "figure.argument-unknown": N_(
        "%(given)s is not known as %(argument)s. There are: %(candidates)s."
    ),
    "figure.arguments-exclude": N_("Only one of these can be named: %(candidates)s."),
    "figure.date-unreadable": N_("%(given)s is no date; write it like 2017-12-31."),
    "figure.half-a-period": N_("A period needs both ends; %(missing)s is missing."),
    "figure.kpi-unknown": N_("There is no KPI %(given)s. There are: %(candidates)s."),
    "figure.key-unknown": N_("No %(kind)s is found by %(given)s."),
    "figure.key-ambiguous": N_("%(given)s stands for several. One of: %(candidates)s."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
