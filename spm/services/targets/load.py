"""Targets that an import brings: the source rules, and what it changes is said."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select

from spm.domain.ids import KpiId, TargetId
from spm.domain.period import NamedPeriod, Period
from spm.domain.targets.state import TargetState
from spm.domain.targets.target import Owner
from spm.models.targets import TargetRevisionRow, TargetRow
from spm.queries.targets.targets import owner_of
from spm.services.work import Work


class Outcome(StrEnum):
    """What loading one target did."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading one target did, with the value before where there was another one."""

    outcome: Outcome
    target_id: TargetId
    before: Decimal | None = None


@dataclass(slots=True)
class Loader:
    """Loads the targets of one KPI; reads what there is once, so that a thousand rows stay quick.

    It writes no audit entry: an import is one act, and whoever runs it records it. ``reason`` is
    kept with each value that replaces another.
    """

    work: Work
    kpi_id: KpiId
    reason: str = "import"
    _known: dict[tuple[Owner, Period], TargetRow] | None = field(default=None, repr=False)

    def set_imported(
        self, owner: Owner, period: NamedPeriod, value: Decimal, currency: str | None
    ) -> Loaded:
        """Make the target of ``owner`` in ``period`` be ``value``; its owner is asked where it changed.

        The same value again changes nothing.
        """
        owner = Owner(owner.person_id, owner.team_id)
        row = self._rows.get((owner, period.period))
        if row is None:
            return Loaded(Outcome.NEW, self._add(owner, period, value, currency))
        before = row.value
        if (before, row.currency) == (value, currency):
            return Loaded(Outcome.SAME, TargetId(row.id))
        row.value, row.currency = value, currency
        row.revision += 1
        row.set_at, row.set_by = self.work.now, self.work.actor.person_id
        row.state, row.answered_at, row.answered_by = TargetState.SET.value, None, None
        self._keep(row)
        return Loaded(Outcome.CHANGED, TargetId(row.id), before)

    @property
    def _rows(self) -> dict[tuple[Owner, Period], TargetRow]:
        if self._known is None:
            rows = self.work.session.scalars(
                select(TargetRow).where(TargetRow.kpi_id == self.kpi_id)
            )
            self._known = {(owner_of(row), _period(row)): row for row in rows}
        return self._known

    def _add(
        self, owner: Owner, period: NamedPeriod, value: Decimal, currency: str | None
    ) -> TargetId:
        row = TargetRow(
            kpi_id=self.kpi_id,
            person_id=owner.person_id,
            team_id=owner.team_id,
            period_kind=period.kind.value,
            period_start=period.period.start,
            period_end=period.period.end,
            value=value,
            currency=currency,
            rationale="",
            revision=1,
            set_at=self.work.now,
            set_by=self.work.actor.person_id,
            state=TargetState.SET.value,
        )
        self.work.session.add(row)
        self._rows[owner, period.period] = row
        self._keep(row)
        return TargetId(row.id)

    def _keep(self, row: TargetRow) -> None:
        self.work.session.flush()
        self.work.session.add(
            TargetRevisionRow(
                target_id=row.id,
                revision=row.revision,
                value=row.value,
                rationale=row.rationale,
                reason=self.reason if row.revision > 1 else "",
                set_at=row.set_at,
                set_by=row.set_by,
            )
        )


def _period(row: TargetRow) -> Period:
    return Period(row.period_start, row.period_end)
