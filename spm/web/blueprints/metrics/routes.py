"""Routes of the definitions and of the explanation of a figure."""

from flask import Blueprint, request

from spm.domain.access import Permission
from spm.domain.errors import NotFound
from spm.domain.metrics.registry import METRICS, MetricId
from spm.i18n.words import speaking
from spm.queries.metrics.sight import explain as explain_figure
from spm.request.access import requires
from spm.request.work import current_work
from spm.web.blueprints.metrics import pages
from spm.web.blueprints.metrics.forms import asked_by
from spm.web.htmx import is_fragment
from spm.web.rendering import current_viewer, render

bp = Blueprint("metrics", __name__)


@bp.get("/metrics", endpoint="list")
@requires(Permission.METRICS_VIEW)
def show_list() -> str:
    """Show every metric."""
    return render("metrics/list.html", page=pages.list_page())


@bp.get("/metrics/<name>", endpoint="show")
@requires(Permission.METRICS_VIEW)
def show_definition(name: str) -> str:
    """Show the definition card of a metric."""
    if name not in set(MetricId):
        raise NotFound(what="metric", id=name)
    return render("metrics/show.html", page=pages.definition_page(METRICS[MetricId(name)]))


@bp.get("/figures/explain", endpoint="explain")
@requires(Permission.FIGURES_VIEW)
def explain() -> str:
    """Show a figure with its definition, what it is made of and the deals behind it.

    Asked for by a page, it is the card alone, for a dialog; by itself it is a page.
    """
    work = current_work()
    asked = asked_by(request.args)
    found = explain_figure(work.session, work.organisation, work.actor, work.now, asked)
    with speaking(current_viewer().locale) as words:
        page = pages.explain_page(found, work.organisation, words.locale)
    return render("metrics/_card.html" if is_fragment() else "metrics/explain.html", page=page)
