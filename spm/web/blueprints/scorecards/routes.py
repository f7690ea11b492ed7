"""Scorecards: where a person, a team or the organisation stands; and the way home."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Actor, Permission, Role, may
from spm.domain.errors import NotFound
from spm.domain.ids import PersonId, TeamId
from spm.queries.targets.owners import Tree
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.work import Work
from spm.web.blueprints.scorecards.pages import list_page, rep_page, team_page
from spm.web.looking import look
from spm.web.navigation import exists
from spm.web.rendering import render

bp = Blueprint("scorecards", __name__)

HOMES = (
    (Role.OPERATIONS, "imports.list"),
    (Role.AUDITOR, "audit.list"),
    (Role.ADMINISTRATOR, "people.list"),
    (Role.ENABLEMENT, "people.list"),
)
"""Where people start whose work is not a card, in order."""


@bp.get("/")
@requires(Permission.SIGNED_IN)
def home() -> BaseResponse:
    """Lead each role to the page that answers its Monday question."""
    work = current_work()
    return redirect(url_for(_home(work.actor)), code=303)


@bp.get("/scorecards", endpoint="list")
@requires(Permission.FIGURES_VIEW)
def show_list() -> str:
    """Whose cards the reader can open."""
    return render("scorecards/list.html", page=list_page(current_work()))


@bp.get("/scorecards/mine")
@requires(Permission.FIGURES_VIEW)
def mine() -> str:
    """The reader's own card."""
    work = current_work()
    if work.actor.person_id is None:
        raise NotFound(what="person", id=None)
    return _person(work, work.actor.person_id)


@bp.get("/scorecards/people/<id:person_id>")
@requires(Permission.FIGURES_VIEW)
def person(person_id: int) -> str:
    """The card of anybody in sight."""
    return _person(current_work(), PersonId(person_id))


@bp.get("/scorecards/team")
@requires(Permission.TEAM_FIGURES_VIEW)
def team() -> BaseResponse:
    """The reader's own team: the highest that he heads."""
    work = current_work()
    team_id = _own_team(work)
    if team_id is None:
        return redirect(url_for("scorecards.list"), code=303)
    asked: dict[str, Any] = dict(_asked())
    return redirect(url_for("scorecards.of_team", team_id=team_id, **asked), code=303)


@bp.get("/scorecards/teams/<id:team_id>")
@requires(Permission.TEAM_FIGURES_VIEW)
def of_team(team_id: int) -> str:
    """The card of any team in sight."""
    return _team(current_work(), TeamId(team_id))


@bp.get("/scorecards/organisation")
@requires(Permission.TEAM_FIGURES_VIEW)
def organisation() -> str | BaseResponse:
    """The card of everybody: the one team at the top, or all of them.

    Who may see only some teams is shown which.
    """
    work = current_work()
    if not may(work.actor, Permission.TEAM_FIGURES_VIEW):
        return redirect(url_for("scorecards.list"), code=303)
    top = Tree(work.session).top
    return _team(work, top[0] if len(top) == 1 else None)


def _person(work: Work, person_id: PersonId) -> str:
    page = rep_page(work, person_id, look(work, request.args))
    return render("scorecards/person.html", page=page)


def _team(work: Work, team_id: TeamId | None) -> str:
    page = team_page(work, team_id, look(work, request.args), request.args.get("open"))
    return render("scorecards/team.html", page=page)


def _asked() -> dict[str, str]:
    """Return what the address asks that the next one should ask too."""
    return {
        name: request.args[name] for name in ("period", "as_of", "teams") if request.args.get(name)
    }


def _own_team(work: Work) -> TeamId | None:
    """Return the highest team that the reader heads himself, by name where there are several."""
    own = work.actor.heads - work.actor.heads_below or work.actor.heads
    tree = Tree(work.session)
    order = sorted(own, key=lambda one: (len(tree.upward(one)), tree.names[one].casefold()))
    return order[0] if order else None


def _home(actor: Actor) -> str:
    roles = actor.roles
    if Role.MANAGER in roles and actor.heads:
        return "scorecards.team"
    if actor.sells:
        return "scorecards.mine"
    if Role.EXECUTIVE in roles:
        return "scorecards.organisation"
    if actor.coaches:
        return "scorecards.list"
    found = (endpoint for role, endpoint in HOMES if role in roles and exists(endpoint))
    return next(found, "scorecards.list")
