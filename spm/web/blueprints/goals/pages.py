"""What the pages about company goals show."""

from dataclasses import dataclass

from spm.domain.targets.kpi import Goal, Kpi
from spm.web.blueprints.goals.forms import GoalForm


@dataclass(frozen=True, slots=True)
class GoalEntry:
    """A goal with the KPIs that serve it."""

    goal: Goal
    kpis: tuple[Kpi, ...]


@dataclass(frozen=True, slots=True)
class ListPage:
    """All goals, the ones in force first."""

    entries: tuple[GoalEntry, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class FormPage:
    """A goal's form; ``name`` is None for a new one."""

    form: GoalForm
    name: str | None
