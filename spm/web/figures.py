"""Addresses of figures: each figure on a page opens its definition card with what is behind it."""

from urllib.parse import urlencode

from flask import url_for

from spm.domain.metrics.figure import Question, Reading, ScopeKind, as_of_name
from spm.domain.metrics.registry import Unit
from spm.domain.organisation import Organisation
from spm.domain.period import NamedPeriod, PeriodKind
from spm.i18n.words import gettext
from spm.queries.metrics.asking import TEAMS_NOW


def explain_address(question: Question, organisation: Organisation) -> str:
    """Return the address of the page that explains the answer to ``question``."""
    subject = question.subject
    said = {
        "metric": question.metric.value,
        **period_query(question.period),
        "as_of": as_of_name(question.as_of, organisation.zone),
        "by": question.by.value if question.by else "",
        "kpi": question.kpi or "",
        "stage": str(question.stage_id or ""),
        "basis": question.basis.value if question.basis else "",
        "teams": TEAMS_NOW if subject.on else "",
    }
    if subject.kind is not ScopeKind.ORGANISATION:
        said[subject.kind.value] = str(subject.id)
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{url_for('metrics.explain')}?{query}"


def period_query(period: NamedPeriod | None) -> dict[str, str]:
    """Return the part of a query that names ``period``."""
    if period is None:
        return {}
    if period.kind is PeriodKind.CUSTOM:
        return {"from": period.period.start.isoformat(), "to": period.period.end.isoformat()}
    return {"period": period.name}


def thin(reading: Reading, organisation: Organisation) -> str:
    """Return why a rate is too thin to be more than a hint, empty where it is not."""
    if reading.unit is not Unit.RATIO or reading.interval is None:
        return ""
    if reading.n >= organisation.minimum_n:
        return ""
    return gettext(
        "Over %(n)s cases only; a rate needs %(least)s to be more than a hint.",
        n=reading.n,
        least=organisation.minimum_n,
    )
