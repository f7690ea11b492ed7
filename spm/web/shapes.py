"""The shape of a state: which of the few marks of the house says it. Its words are in the labels."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.analytics.scorecard import Status
from spm.domain.moves import MoveState
from spm.domain.targets.kpi import KpiState
from spm.domain.targets.smart import Reach
from spm.domain.targets.state import AnswerKind, TargetState

SHAPES: Mapping[Enum, str] = {
    Status.MET: "met",
    Status.ON_PACE: "met",
    Status.CLOSE: "watch",
    Status.BEHIND: "missed",
    Status.MISSED: "missed",
    Status.UNKNOWN: "unknown",
    MoveState.OPEN: "watch",
    MoveState.APPROVED: "met",
    MoveState.DECLINED: "missed",
    MoveState.WITHDRAWN: "unknown",
    TargetState.ACCEPTED: "met",
    TargetState.SET: "watch",
    TargetState.OBJECTED: "missed",
    AnswerKind.ACCEPT: "met",
    AnswerKind.OBJECT: "missed",
    AnswerKind.COMMENT: "unknown",
    KpiState.ACTIVE: "met",
    KpiState.DRAFT: "watch",
    KpiState.RETIRED: "unknown",
    Reach.USUAL: "met",
    Reach.STRETCH: "watch",
    Reach.NEVER: "missed",
    Reach.UNKNOWN: "unknown",
}
"""State → met, watch, missed or unknown."""


def shape(state: Enum | None) -> str:
    """Return the mark of ``state``; unknown where there is none."""
    return "unknown" if state is None else SHAPES.get(state, "unknown")
