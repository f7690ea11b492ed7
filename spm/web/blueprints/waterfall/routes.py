"""What changed in a pipeline since a day, each change with its deals."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, may
from spm.domain.errors import NotFound
from spm.domain.metrics.figure import EVERYTHING, Scope, ScopeKind
from spm.queries.metrics.names import scope_of
from spm.queries.metrics.sight import may_see
from spm.request.access import requires
from spm.request.work import current_work
from spm.web.blueprints.waterfall.pages import PARAMETERS, span_of, waterfall_page
from spm.web.rendering import render

bp = Blueprint("waterfall", __name__, url_prefix="/waterfall")


@bp.get("", endpoint="start")
@requires(Permission.FIGURES_VIEW)
def start() -> BaseResponse:
    """Lead to the reader's own pipeline: of everybody, of the team that he heads, or his."""
    actor = current_work().actor
    own = actor.heads - actor.heads_below
    kept: dict[str, Any] = {n: request.args[n] for n in PARAMETERS if n in request.args}
    if own:
        return redirect(url_for("waterfall.of_team", team_id=min(own), **kept), code=303)
    if may(actor, Permission.TEAM_FIGURES_VIEW):
        return redirect(url_for("waterfall.organisation", **kept), code=303)
    return redirect(url_for("waterfall.person", person_id=actor.person_id, **kept), code=303)


@bp.get("/organisation")
@requires(Permission.TEAM_FIGURES_VIEW)
def organisation() -> str | BaseResponse:
    """Everybody's pipeline; who may see only some teams is led to his own."""
    if not may(current_work().actor, Permission.TEAM_FIGURES_VIEW):
        return redirect(url_for("waterfall.start"), code=303)
    return _shown(EVERYTHING)


@bp.get("/teams/<id:team_id>")
@requires(Permission.TEAM_FIGURES_VIEW)
def of_team(team_id: int) -> str:
    """The pipeline of a team in sight."""
    return _shown(_in_sight(ScopeKind.TEAM, team_id))


@bp.get("/people/<id:person_id>")
@requires(Permission.FIGURES_VIEW)
def person(person_id: int) -> str:
    """The pipeline of anybody in sight."""
    return _shown(_in_sight(ScopeKind.REP, person_id))


def _in_sight(kind: ScopeKind, row_id: int) -> Scope:
    work = current_work()
    scope = scope_of(work.session, kind, row_id)
    if scope is None or not may_see(work.actor, scope):
        raise NotFound(what=kind.value, id=row_id)
    return scope


def _shown(scope: Scope) -> str:
    work = current_work()
    return render("waterfall/show.html", page=waterfall_page(work, scope, span_of(work)))
