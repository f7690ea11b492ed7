"""Targets, attached to the KPI that the layout names."""

from collections.abc import Iterable

from spm.domain.errors import Invalid
from spm.domain.ids import KpiId, PersonId
from spm.domain.intake.periods import read_name
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import TargetRecord
from spm.domain.intake.schema import Kind
from spm.domain.period import (
    NamedPeriod,
    Period,
    PeriodKind,
    PeriodUnknown,
    containing,
    of_dates,
)
from spm.domain.targets.kpi import WON_REVENUE
from spm.domain.targets.target import Owner
from spm.queries.targets.kpis import find_kpi
from spm.services.intake.writing import Loading, Refused
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.targets.load import Loader, Outcome


class KpiUnknown(Invalid):
    """The layout names a KPI that the organisation has not got; ``kpi`` is its key."""

    code = "import.kpi-unknown"


def load_targets(loading: Loading, records: Iterable[TargetRecord]) -> None:
    """Load targets per person and month.

    Raises:
        KpiUnknown: The layout's KPI does not exist.
    """
    run = loading.run
    loader = Loader(run.work, _kpi(loading))
    tally = run.tally(Kind.TARGET.value)
    seen: dict[tuple[int, object], int] = {}
    for record in records:
        person_id = loading.resolve(record.line, record.person)
        if person_id is None:
            continue
        try:
            money = loading.money(record.line, record.value, record.currency, "value")
        except Refused as refused:
            run.report(refused.issue)
            continue
        if money is None:
            continue
        try:
            period = _period(record, run.organisation.fiscal_start)
        except Invalid:
            column = next(name for name in _OF_PERIOD if name in loading.binding.columns)
            said = record.named or f"{record.start} – {record.end}"
            run.refuse(
                loading.binding, record.line, Reason.NOT_A_PERIOD, loading.column(column), said
            )
            continue
        first = seen.setdefault((person_id, period.period), record.line)
        if first != record.line:
            run.refuse(
                loading.binding,
                record.line,
                Reason.DUPLICATE_KEY,
                loading.column(next(n for n in _OF_PERIOD if n in loading.binding.columns)),
                period.name,
                first=first,
            )
            continue
        owner = Owner(PersonId(person_id), None)
        loaded = loader.set_imported(owner, period, money.amount, money.currency)
        match loaded.outcome:
            case Outcome.NEW:
                tally.created += 1
            case Outcome.SAME:
                tally.unchanged += 1
            case Outcome.CHANGED:
                tally.updated += 1
                run.change(
                    f"target:{loaded.target_id}",
                    "value",
                    loaded.before,
                    money.amount,
                    is_local=False,
                )


_OF_PERIOD = ("month", "period", "start", "last_day", "end")


def _period(record: TargetRecord, fiscal_start: int) -> NamedPeriod:
    """Return the period of a target: the month, the named one, or the days from start to end.

    Raises:
        PeriodUnknown: There is no such period, or its end is missing or not after its start.
    """
    if record.start is not None:
        if record.end is None:
            raise PeriodUnknown(text=str(record.start))
        return of_dates(Period(record.start, record.end), fiscal_start)
    if record.month is not None:
        return containing(record.month, PeriodKind.MONTH)
    return read_name(record.named, fiscal_start)


def _kpi(loading: Loading) -> KpiId:
    key = loading.binding.table.kpi
    if key == WON_REVENUE:
        return ensure_won_revenue_kpi(loading.run.session, loading.run.work.now)
    known = find_kpi(loading.run.session, key)
    if known is None:
        raise KpiUnknown(kpi=key)
    return known.id
