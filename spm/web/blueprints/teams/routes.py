"""The tree of teams, one team, who leads it and who belongs to it."""

from flask import Blueprint, Response, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, Subject, may
from spm.domain.errors import Invalid
from spm.domain.ids import PersonId, TeamId
from spm.i18n.words import N_
from spm.queries.organisation.people import get_person, people_choices
from spm.queries.organisation.teams import (
    get_team,
    heads_of,
    members_of,
    team_choices,
    team_tree,
    teams,
)
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.organisation.links import lead_team, move_to_team, stop_leading
from spm.services.organisation.teams import add_team, edit_team
from spm.web.blueprints.teams.forms import DayForm, JoinForm, TeamForm
from spm.web.blueprints.teams.pages import TeamFormPage, TeamPage, TreePage
from spm.web.fields import unless_sent
from spm.web.htmx import go
from spm.web.rendering import render

bp = Blueprint("teams", __name__, url_prefix="/teams")


@bp.get("", endpoint="list")
@requires(Permission.TEAMS_VIEW)
def show_list() -> str:
    """The tree of teams."""
    work = current_work()
    page = TreePage(
        team_tree(work.session, work.today), may_edit=may(work.actor, Permission.TEAMS_EDIT)
    )
    return render("teams/list.html", page=page)


@bp.get("/<id:team_id>")
@requires(Permission.TEAMS_VIEW)
def show(team_id: int) -> str:
    """One team."""
    work = current_work()
    team = get_team(work.session, TeamId(team_id))
    known = {each.id: each for each in teams(work.session)}
    heads, members = heads_of(work.session, team.id), members_of(work.session, team.id)
    page = TeamPage(
        team,
        known.get(team.parent_id) if team.parent_id else None,
        tuple(each for each in known.values() if each.parent_id == team.id),
        tuple(link for link in heads if link.start_on <= work.today < link.end_on),
        tuple(
            sorted(
                (link for link in members if link.start_on <= work.today < link.end_on),
                key=lambda link: link.person.casefold(),
            )
        ),
        tuple(link for link in (*heads, *members) if link.start_on > work.today),
        may_edit=may(work.actor, Permission.TEAMS_EDIT),
        has_scorecard=may(work.actor, Permission.TEAM_FIGURES_VIEW, Subject(team_id=team.id)),
        own_id=work.actor.person_id or 0,
    )
    return render("teams/team.html", page=page)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def new() -> BaseResponse:
    """Add a team."""
    work = current_work()
    form = TeamForm()
    form.parent.choices = list(team_choices(work.session))
    if form.is_accepted():
        parent_id = form.parent.data and TeamId(form.parent.data)
        try:
            team_id = add_team(work, name=form.name.data, parent_id=parent_id)
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("teams.show", team_id=team_id))
    return _form(TeamFormPage(form, N_("Add a team"), N_("Add team")))


@bp.route("/<id:team_id>/edit", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def edit(team_id: int) -> BaseResponse:
    """Change a team's name or place."""
    work = current_work()
    team = get_team(work.session, TeamId(team_id))
    known = {"name": team.name, "parent": team.parent_id, "version": team.version}
    form = TeamForm(data=unless_sent(known))
    form.parent.choices = [each for each in team_choices(work.session) if each[0] != team.id]
    if form.is_accepted():
        try:
            edit_team(
                work,
                team.id,
                name=form.name.data,
                parent_id=form.parent.data and TeamId(form.parent.data),
                version=form.version.data or 0,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("teams.show", team_id=team.id))
    return _form(TeamFormPage(form, N_("Change a team"), N_("Save"), team))


@bp.route("/<id:team_id>/members/new", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MOVE)
def join(team_id: int) -> BaseResponse:
    """Let somebody belong to this team from a day on; the team of before ends that day."""
    return _people_form(team_id, N_("Move somebody here"), is_head=False)


@bp.route("/<id:team_id>/heads/new", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MOVE)
def lead(team_id: int) -> BaseResponse:
    """Let somebody lead this team from a day on."""
    return _people_form(team_id, N_("Add a head of team"), is_head=True)


def _people_form(team_id: int, title: str, *, is_head: bool) -> BaseResponse:
    work = current_work()
    team = get_team(work.session, TeamId(team_id))
    form = JoinForm(day=work.today)
    form.person.choices = [
        each for each in people_choices(work.session, work.today) if each[0] != work.actor.person_id
    ]
    if form.is_accepted():
        person_id = PersonId(form.person.data)
        act = lead_team if is_head else move_to_team
        act(work, person_id, team.id, form.day.data)
        return go(url_for("teams.show", team_id=team.id))
    return _form(TeamFormPage(form, title, N_("Save"), team))


@bp.route("/<id:team_id>/heads/<id:person_id>/end", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MOVE)
def stop(team_id: int, person_id: int) -> BaseResponse:
    """Let somebody no longer lead this team from a day on."""
    work = current_work()
    team = get_team(work.session, TeamId(team_id))
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.PEOPLE_MOVE, Subject(owner_id=person.id))
    form = DayForm(day=work.today)
    if form.is_accepted():
        stop_leading(work, PersonId(person_id), team.id, form.day.data)
        return go(url_for("teams.show", team_id=team.id))
    return _form(TeamFormPage(form, N_("End leading the team"), N_("Save"), team))


def _form(page: TeamFormPage) -> Response:
    return make_response(render("teams/form.html", page=page), page.form.status)
