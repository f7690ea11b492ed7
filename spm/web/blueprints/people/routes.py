"""The directory and one person."""

from flask import Blueprint, Response, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, Role, Subject, may, reach
from spm.domain.errors import Invalid
from spm.domain.ids import OfficeId, PersonId, TeamId
from spm.domain.organisation import LinkKind, Person
from spm.i18n.words import N_
from spm.queries.identity import account_state
from spm.queries.moves import find_open_move
from spm.queries.organisation.links import links_of
from spm.queries.organisation.people import (
    DirectoryFilter,
    directory,
    get_person,
    people_choices,
    proposals,
    roles_of,
)
from spm.queries.organisation.places import offices
from spm.queries.organisation.teams import team_choices
from spm.queries.targets.owners import people as sellers
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.organisation.entry import FirstPlace, enter_person
from spm.services.organisation.people import edit_person
from spm.web.blueprints.people.forms import (
    DirectoryForm,
    NewPersonForm,
    PersonForm,
    RoleForm,
    role_choices,
)
from spm.web.blueprints.people.pages import (
    DirectoryPage,
    PersonFormPage,
    PersonPage,
    Rights,
    corrections_page,
    holding,
)
from spm.web.htmx import go
from spm.web.paging import page_number
from spm.web.rendering import render

bp = Blueprint("people", __name__, url_prefix="/people")

VISIBLE_TO_ALL = (LinkKind.MEMBERSHIP, LinkKind.POSTING, LinkKind.HEAD, LinkKind.TERRITORY)
"""The directory is everybody's; to whom somebody reports is not."""


@bp.get("", endpoint="list")
@requires(Permission.DIRECTORY_VIEW)
def show_list() -> str:
    """The directory."""
    work = current_work()
    form = DirectoryForm(request.args)
    form.team.choices = list(team_choices(work.session))
    form.office.choices = [(each.id, each.name) for each in offices(work.session, work.today)]
    form.role.choices = role_choices()
    sees_roles = reach(work.actor, Permission.DIRECTORY_HISTORY).is_everybody
    if not sees_roles:
        del form.role
    form.validate()
    wanted = DirectoryFilter(
        search=form.search.data or "",
        team_id=form.team.data,
        office_id=form.office.data,
        role=Role(form.role.data) if sees_roles and form.role.data else None,
        with_leavers=bool(form.left.data),
    )
    found = directory(work.session, wanted, work.today, page_number())
    page = DirectoryPage(
        form,
        found,
        is_narrowed=wanted != DirectoryFilter(),
        sees_roles=sees_roles,
        may_add=may(work.actor, Permission.PEOPLE_EDIT),
        may_import=may(work.actor, Permission.IMPORTS_RUN),
        is_alone=wanted == DirectoryFilter() and found.total == 1,
    )
    return render("people/list.html", page=page)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def new() -> BaseResponse:
    """Add a person."""
    work = current_work()
    form = NewPersonForm(since=work.today)
    form.team.choices = list(team_choices(work.session))
    form.manager.choices = list(people_choices(work.session, work.today))
    form.office.choices = [(each.id, each.name) for each in offices(work.session, work.today)]
    form.roles.choices = role_choices()
    gives_roles = may(work.actor, Permission.ROLES_GRANT)
    if not gives_roles:
        del form.roles
    if form.is_accepted():
        roles = form.roles.data or () if gives_roles else ()
        place = FirstPlace(
            form.since.data,
            form.team.data and TeamId(form.team.data),
            form.manager.data and PersonId(form.manager.data),
            form.office.data and OfficeId(form.office.data),
            tuple(Role(name) for name in roles),
        )
        try:
            person_id = enter_person(
                work,
                name=form.name.data,
                email=form.email.data,
                title=form.title.data,
                place=place,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("people.show", person_id=person_id))
    return _form(PersonFormPage(form, N_("Add a person"), N_("Add person")))


@bp.get("/<id:person_id>")
@requires(Permission.DIRECTORY_VIEW)
def show(person_id: int) -> str:
    """A person: where they belong, and to those who may know, since when."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    subject = Subject(owner_id=person.id)
    sees_history = may(work.actor, Permission.DIRECTORY_HISTORY, subject)
    sees_line = sees_history or person.id in work.actor.leads
    links = [
        holding(link, work.today)
        for kind in LinkKind
        if sees_line or kind in VISIBLE_TO_ALL
        for link in links_of(work.session, kind, person_id=person.id)
    ]
    form = RoleForm(formdata=None)
    held = roles_of(work.session, person.id)
    form.role.choices = [each for each in role_choices() if Role(each[0]) not in held]
    page = PersonPage(
        person,
        person.has_left(work.today),
        held if sees_history else (),
        tuple(each for each in links if each.state == "now"),
        tuple(links) if sees_history else None,
        account_state(work.session, person.id, work.now) if sees_history else None,
        proposals(work.session, person.id) if _rights(person).roles else (),
        _rights(person),
        form,
        work.actor.person_id or 0,
        has_scorecard=may(work.actor, Permission.FIGURES_VIEW, subject)
        and any(one.owner.person_id == person.id for one in sellers(work.session, work.today)),
        waiting=find_open_move(work.session, work.actor, person.id),
    )
    return render("people/person.html", page=page)


@bp.get("/<id:person_id>/corrections")
@requires(Permission.CORRECTIONS_VIEW)
def corrections(person_id: int) -> str:
    """Back-dated corrections of a person's line, with the reads that they would have forbidden."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    work.require(Permission.CORRECTIONS_VIEW, Subject(owner_id=person.id))
    return render("people/corrections.html", page=corrections_page(work, person))


@bp.route("/<id:person_id>/edit", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def edit(person_id: int) -> BaseResponse:
    """Change what a person is called."""
    work = current_work()
    person = get_person(work.session, PersonId(person_id))
    form = PersonForm(obj=None if request.method == "POST" else person)
    if form.is_accepted():
        try:
            edit_person(
                work,
                person.id,
                name=form.name.data,
                email=form.email.data,
                title=form.title.data,
                version=form.version.data or 0,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("people.show", person_id=person.id))
    return _form(PersonFormPage(form, N_("Change a person"), N_("Save"), person))


def _form(page: PersonFormPage) -> Response:
    return make_response(render("people/form.html", page=page), page.form.status)


def _rights(person: Person) -> Rights:
    actor, subject = current_work().actor, Subject(owner_id=person.id)
    return Rights(
        edit=may(actor, Permission.PEOPLE_EDIT, subject),
        move=may(actor, Permission.PEOPLE_MOVE, subject),
        propose=may(actor, Permission.MOVES_PROPOSE, subject),
        corrections=may(actor, Permission.CORRECTIONS_VIEW, subject),
        invite=may(actor, Permission.PEOPLE_INVITE, subject),
        disable=may(actor, Permission.PEOPLE_DISABLE, subject),
        roles=may(actor, Permission.ROLES_GRANT, subject),
    )
