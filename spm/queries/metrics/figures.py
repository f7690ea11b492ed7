"""The one entry for every figure: command line, pages and packs ask here."""

from sqlalchemy.orm import Session

from spm.domain.metrics.figure import Figure, Question
from spm.domain.metrics.registry import METRICS, Kind
from spm.domain.organisation import Organisation
from spm.queries.metrics.counted import counted
from spm.queries.metrics.targeted import targeted


def figure(session: Session, organisation: Organisation, question: Question) -> Figure:
    """Return the answer to ``question``.

    Raises:
        Invalid: The question cannot be asked; see ``spm.domain.metrics.figure.check``.
        KpiUnknown: It is asked of a KPI that there is not.
    """
    if METRICS[question.metric].kind is Kind.TARGET:
        return targeted(session, organisation, question)
    return counted(session, organisation, question)
