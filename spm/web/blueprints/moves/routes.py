"""Proposals to move people: who waits for a decision, proposing, deciding, taking back."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, Subject
from spm.domain.errors import Invalid
from spm.domain.ids import MoveId, PersonId
from spm.i18n.words import gettext
from spm.queries.moves import get_move, moves, place_on
from spm.queries.organisation.people import get_person, people_choices
from spm.queries.organisation.teams import team_choices
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.moves import approve_move, decline_move, propose_move, withdraw_move
from spm.services.work import Work
from spm.web.blueprints.moves import pages
from spm.web.blueprints.moves.forms import DecideForm, ProposeForm, WithdrawForm
from spm.web.htmx import go
from spm.web.rendering import render

bp = Blueprint("moves", __name__, url_prefix="/moves")


@bp.get("", endpoint="list")
@requires(Permission.MOVES_VIEW)
def show_list() -> str:
    """The proposals in sight, those that wait first."""
    work = current_work()
    return render("moves/list.html", page=pages.list_page(work, moves(work.session, work.actor)))


@bp.get("/<id:move_id>")
@requires(Permission.MOVES_VIEW)
def show(move_id: int) -> str:
    """One proposal, with its decision or the form for it."""
    work = current_work()
    named = get_move(work.session, work.actor, MoveId(move_id))
    return render("moves/show.html", page=pages.move_page(work, named))


@bp.route("/propose/<id:person_id>", methods=["GET", "POST"])
@requires(Permission.MOVES_PROPOSE)
def propose(person_id: int) -> Response | BaseResponse:
    """Show the form of a proposal; make it."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.MOVES_PROPOSE, Subject(owner_id=person.id))
    form = ProposeForm(day=work.today)
    now = place_on(work.session, person.id, work.today)
    managers = people_choices(work.session, work.today)
    form.offer(
        [each for each in team_choices(work.session) if each[0] != now.team_id],
        [each for each in managers if each[0] not in (person.id, now.manager_id)],
    )
    if form.is_accepted():
        try:
            move_id = propose_move(
                work, person.id, form.place(), form.day.data, form.reason.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("Proposed. Sales operations or an administrator decides."), "done")
            return go(url_for("moves.show", move_id=move_id))
    return make_response(render("moves/propose.html", form=form, person=person), form.status)


@bp.post("/<id:move_id>/approve")
@requires(Permission.MOVES_DECIDE)
def approve(move_id: int) -> Response | BaseResponse:
    """Approve a proposal and carry it out."""
    return _decide(MoveId(move_id), approve_move)


@bp.post("/<id:move_id>/decline")
@requires(Permission.MOVES_DECIDE)
def decline(move_id: int) -> Response | BaseResponse:
    """Decline a proposal, with words."""
    return _decide(MoveId(move_id), decline_move)


def _decide(move_id: MoveId, act: Callable[..., None]) -> Response | BaseResponse:
    work = current_work()
    named = get_move(work.session, work.actor, move_id)
    work.require(Permission.MOVES_DECIDE, Subject(owner_id=named.move.person_id))
    form = DecideForm()
    if form.is_accepted():
        try:
            act(work, move_id, version=form.version.data or 0, words=form.words.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("moves.show", move_id=move_id))
    page = pages.move_page(work, named, form)
    return make_response(render("moves/show.html", page=page), form.status)


@bp.post("/<id:move_id>/withdraw")
@requires(Permission.MOVES_PROPOSE)
def withdraw(move_id: int) -> BaseResponse:
    """Take one's own proposal back."""
    work: Work = current_work()
    named = get_move(work.session, work.actor, MoveId(move_id))
    work.require(Permission.MOVES_PROPOSE, Subject(owner_id=named.move.person_id))
    form = WithdrawForm()
    if not form.is_accepted():
        raise Invalid(field="version")
    withdraw_move(work, named.move.id, version=form.version.data or 0)
    return go(url_for("moves.list"))
