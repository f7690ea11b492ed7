"""Pages about company goals."""

from flask import Blueprint, Response, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, may
from spm.domain.errors import Invalid
from spm.domain.ids import GoalId
from spm.queries.targets.goals import get_goal, goals
from spm.queries.targets.kpis import kpis
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.targets.goals import define_goal, edit_goal
from spm.web.blueprints.goals.forms import GoalForm
from spm.web.blueprints.goals.pages import FormPage, GoalEntry, ListPage
from spm.web.htmx import go
from spm.web.rendering import render

bp = Blueprint("goals", __name__, url_prefix="/goals")


@bp.get("", endpoint="list")
@requires(Permission.GOALS_VIEW)
def show_list() -> str:
    """The goals, each with the KPIs that show how it stands."""
    work = current_work()
    known = kpis(work.session)
    entries = tuple(
        GoalEntry(goal, tuple(kpi for kpi in known if kpi.goal_id == goal.id))
        for goal in goals(work.session)
    )
    page = ListPage(entries, may_edit=may(work.actor, Permission.GOALS_EDIT))
    return render("goals/list.html", page=page)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.GOALS_EDIT)
def new() -> BaseResponse:
    """Add a goal."""
    work = current_work()
    form = GoalForm()
    if form.is_accepted():
        try:
            define_goal(work, name=form.name.data or "", description=form.description.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("goals.list"))
    return _form(form, None)


@bp.route("/<id:goal_id>/edit", methods=["GET", "POST"])
@requires(Permission.GOALS_EDIT)
def edit(goal_id: int) -> BaseResponse:
    """Change a goal."""
    work = current_work()
    goal = get_goal(work.session, GoalId(goal_id))
    form = GoalForm(obj=None if request.method == "POST" else goal)
    if form.is_accepted():
        try:
            edit_goal(
                work,
                goal.id,
                form.version.data or 0,
                name=form.name.data or "",
                description=form.description.data or "",
                is_active=form.is_active.data,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("goals.list"))
    return _form(form, goal.name)


def _form(form: GoalForm, name: str | None) -> Response:
    return make_response(render("goals/form.html", page=FormPage(form, name)), form.status)
