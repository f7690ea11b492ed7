"""What is done to a person: moves, roles, invitations, leaving. Same blueprint as the pages."""

from collections.abc import Callable

from flask import Response, current_app, flash, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, Role, Subject
from spm.domain.errors import Invalid
from spm.domain.ids import OfficeId, PersonId, TeamId, TerritoryId
from spm.domain.organisation import LinkKind, RoleNotHeld
from spm.i18n.words import N_, gettext
from spm.queries.organisation.links import links_of
from spm.queries.organisation.people import get_person, people_choices
from spm.queries.organisation.places import offices, territories
from spm.queries.organisation.teams import team_choices
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.identity.credentials import invite as make_link
from spm.services.identity.credentials import set_disabled
from spm.services.organisation.links import (
    assign_territory,
    move_to_team,
    post_to,
    release_territory,
    report_to,
)
from spm.services.organisation.people import set_leaving
from spm.services.organisation.roles import (
    confirm_role as confirm,
)
from spm.services.organisation.roles import (
    grant_role as grant,
)
from spm.services.organisation.roles import (
    revoke_role as revoke,
)
from spm.services.organisation.roles import (
    withdraw_role as withdraw,
)
from spm.services.work import Work
from spm.web.blueprints.people.forms import (
    DayForm,
    HiddenRoleForm,
    LeavingForm,
    MoveForm,
    RoleForm,
    role_choices,
)
from spm.web.blueprints.people.pages import LinkPage, PersonFormPage
from spm.web.blueprints.people.routes import bp
from spm.web.fields import Form
from spm.web.htmx import go
from spm.web.rendering import render

__all__ = ["bp"]

Change = Callable[[Work, PersonId, MoveForm], bool | None]

MOVES: dict[str, tuple[LinkKind, str, Change]] = {
    "team": (
        LinkKind.MEMBERSHIP,
        N_("Move to a team"),
        lambda work, person_id, form: move_to_team(
            work, person_id, form.target.data and TeamId(form.target.data), form.day.data
        ),
    ),
    "manager": (
        LinkKind.LINE,
        N_("Change the manager"),
        lambda work, person_id, form: report_to(
            work, person_id, form.target.data and PersonId(form.target.data), form.day.data
        ),
    ),
    "office": (
        LinkKind.POSTING,
        N_("Move to an office"),
        lambda work, person_id, form: post_to(
            work, person_id, form.target.data and OfficeId(form.target.data), form.day.data
        ),
    ),
    "territory": (
        LinkKind.TERRITORY,
        N_("Assign a territory"),
        lambda work, person_id, form: assign_territory(
            work, person_id, TerritoryId(form.target.data), form.day.data
        ),
    ),
}
"""What can be moved → its kind, the page's title, and the use case."""


@bp.route(
    "/<id:person_id>/move/<any(team, manager, office, territory):what>", methods=["GET", "POST"]
)
@requires(Permission.PEOPLE_MOVE)
def move(person_id: int, what: str) -> BaseResponse:
    """Let a person belong elsewhere from a day on."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.PEOPLE_MOVE, Subject(owner_id=person.id))
    kind, title, change = MOVES[what]
    held = links_of(work.session, kind, person_id=person.id, day=work.today)
    form = MoveForm(day=work.today)
    form.target.choices = _targets(kind, person.id)
    if kind is LinkKind.TERRITORY:
        form.target.required = form.target.flags.required = True
    if form.is_accepted():
        try:
            is_correction = change(work, person.id, form)
        except Invalid as error:
            form.refuse(error)
        else:
            page = "people.corrections" if is_correction else "people.show"
            return go(url_for(page, person_id=person.id))
    said = ", ".join(link.target for link in held)
    return _form(PersonFormPage(form, title, N_("Save"), person, said))


def _targets(kind: LinkKind, person_id: PersonId) -> list[tuple[int, str]]:
    work = current_work()
    session, today = work.session, work.today
    match kind:
        case LinkKind.LINE:
            barred = {person_id, work.actor.person_id}
            return [each for each in people_choices(session, today) if each[0] not in barred]
        case LinkKind.POSTING:
            return [(each.id, each.name) for each in offices(session, today)]
        case LinkKind.TERRITORY:
            return [(each.id, each.name) for each in territories(session, today)]
        case _:
            return list(team_choices(session))


@bp.route("/<id:person_id>/territories/<id:territory_id>/release", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MOVE)
def release(person_id: int, territory_id: int) -> BaseResponse:
    """Let a person no longer work a territory from a day on."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.PEOPLE_MOVE, Subject(owner_id=person.id))
    form = DayForm(day=work.today)
    if form.is_accepted():
        release_territory(work, person.id, TerritoryId(territory_id), form.day.data)
        return go(url_for("people.show", person_id=person.id))
    return _form(PersonFormPage(form, N_("Release from a territory"), N_("Save"), person))


@bp.route("/<id:person_id>/leaving", methods=["GET", "POST"])
@requires(Permission.PEOPLE_DISABLE)
def leaving(person_id: int) -> BaseResponse:
    """Keep the day from which a person is no longer here."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.PEOPLE_DISABLE, Subject(owner_id=person.id))
    form = LeavingForm(left_on=person.left_on)
    if form.is_accepted():
        set_leaving(work, person.id, form.left_on.data)
        return go(url_for("people.show", person_id=person.id))
    return _form(PersonFormPage(form, N_("Leaving"), N_("Save"), person))


@bp.post("/<id:person_id>/disable")
@requires(Permission.PEOPLE_DISABLE)
def disable(person_id: int) -> BaseResponse:
    """Bar a person from signing in."""
    return _bar(person_id, is_disabled=True)


@bp.post("/<id:person_id>/enable")
@requires(Permission.PEOPLE_DISABLE)
def enable(person_id: int) -> BaseResponse:
    """Let a person sign in again."""
    return _bar(person_id, is_disabled=False)


def _bar(person_id: int, *, is_disabled: bool) -> BaseResponse:
    set_disabled(current_work(), PersonId(person_id), is_disabled=is_disabled)
    return go(url_for("people.show", person_id=person_id))


@bp.post("/<id:person_id>/invite")
@requires(Permission.PEOPLE_INVITE)
def invite(person_id: int) -> str:
    """Make a one-time link and show it, once."""
    work = current_work()
    purpose, token = make_link(work, PersonId(person_id))
    base: str = current_app.config["BASE_URL"]
    url = base.rstrip("/") + url_for("identity.welcome", token=token)
    page = LinkPage(get_person(work.session, PersonId(person_id)), purpose, url)
    return render("people/link.html", page=page)


@bp.post("/<id:person_id>/roles/grant")
@requires(Permission.ROLES_GRANT)
def grant_role(person_id: int) -> BaseResponse:
    """Give a person a role, or propose it."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.ROLES_GRANT, Subject(owner_id=person.id))
    form = RoleForm()
    form.role.choices = role_choices()
    if form.is_accepted() and not grant(work, person.id, Role(form.role.data)):
        flash(gettext("A second administrator has to confirm this role."), "note")
    return go(url_for("people.show", person_id=person_id))


@bp.post("/<id:person_id>/roles/revoke")
@requires(Permission.ROLES_GRANT)
def revoke_role(person_id: int) -> BaseResponse:
    """Take a role away."""
    return _on_role(revoke, person_id)


@bp.post("/<id:person_id>/roles/confirm")
@requires(Permission.ROLES_GRANT)
def confirm_role(person_id: int) -> BaseResponse:
    """Give the role that another administrator proposed."""
    return _on_role(confirm, person_id)


@bp.post("/<id:person_id>/roles/withdraw")
@requires(Permission.ROLES_GRANT)
def withdraw_role(person_id: int) -> BaseResponse:
    """Take a proposal back."""
    return _on_role(withdraw, person_id)


def _on_role(act: Callable[[Work, PersonId, Role], None], person_id: int) -> BaseResponse:
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.ROLES_GRANT, Subject(owner_id=person.id))
    raw = HiddenRoleForm().role.data
    if raw not in set(Role):
        raise RoleNotHeld(role=str(raw)[:20])
    act(work, person.id, Role(raw))
    return go(url_for("people.show", person_id=person_id))


def _form(page: PersonFormPage) -> Response:
    form: Form = page.form
    return make_response(render("people/form.html", page=page), form.status)
