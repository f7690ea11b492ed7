"""Offices, regions and territories."""

from flask import Blueprint, Response, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, may
from spm.domain.errors import Invalid
from spm.domain.ids import OfficeId, RegionId, TerritoryId
from spm.i18n.words import N_
from spm.queries.organisation.places import (
    get_office,
    get_region,
    get_territory,
    offices,
    regions,
    territories,
)
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.organisation.places import (
    add_office,
    add_region,
    add_territory,
    edit_office,
    edit_region,
    edit_territory,
)
from spm.web.blueprints.places.forms import OfficeForm, RegionForm, TerritoryForm
from spm.web.blueprints.places.pages import PlaceFormPage, PlacesPage
from spm.web.fields import unless_sent
from spm.web.htmx import go
from spm.web.rendering import render

bp = Blueprint("places", __name__, url_prefix="/places")


@bp.get("", endpoint="list")
@requires(Permission.TEAMS_VIEW)
def show_list() -> str:
    """All places."""
    work = current_work()
    page = PlacesPage(
        offices(work.session, work.today),
        regions(work.session),
        territories(work.session, work.today),
        may_edit=may(work.actor, Permission.TEAMS_EDIT),
    )
    return render("places/list.html", page=page)


@bp.route("/offices/new", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def new_office() -> BaseResponse:
    """Add an office."""
    work = current_work()
    form = _office_form()
    if form.is_accepted():
        try:
            add_office(
                work,
                name=form.name.data,
                region_id=form.region.data and RegionId(form.region.data),
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return _done()
    return _form(PlaceFormPage(form, N_("Add an office"), N_("Add office")))


@bp.route("/offices/<id:office_id>", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def office(office_id: int) -> BaseResponse:
    """Change an office."""
    work = current_work()
    known = get_office(work.session, OfficeId(office_id))
    form = _office_form(name=known.name, region=known.region_id, version=known.version)
    if form.is_accepted():
        try:
            edit_office(
                work,
                known.id,
                name=form.name.data,
                region_id=form.region.data and RegionId(form.region.data),
                version=form.version.data or 0,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return _done()
    return _form(PlaceFormPage(form, N_("Change an office"), N_("Save"), known.name))


def _office_form(**shown: object) -> OfficeForm:
    form = OfficeForm(data=unless_sent(shown))
    form.region.choices = [(each.id, each.name) for each in regions(current_work().session)]
    return form


@bp.route("/regions/new", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def new_region() -> BaseResponse:
    """Add a region."""
    form = RegionForm()
    if form.is_accepted():
        try:
            add_region(current_work(), name=form.name.data)
        except Invalid as error:
            form.refuse(error)
        else:
            return _done()
    return _form(PlaceFormPage(form, N_("Add a region"), N_("Add region")))


@bp.route("/regions/<id:region_id>", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def region(region_id: int) -> BaseResponse:
    """Rename a region."""
    work = current_work()
    known = get_region(work.session, RegionId(region_id))
    form = RegionForm(data=unless_sent({"name": known.name, "version": known.version}))
    if form.is_accepted():
        try:
            edit_region(work, known.id, name=form.name.data, version=form.version.data or 0)
        except Invalid as error:
            form.refuse(error)
        else:
            return _done()
    return _form(PlaceFormPage(form, N_("Change a region"), N_("Save"), known.name))


@bp.route("/territories/new", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def new_territory() -> BaseResponse:
    """Add a territory."""
    form = _territory_form(None)
    if form.is_accepted():
        try:
            add_territory(
                current_work(),
                name=form.name.data,
                country=form.country.data,
                parent_id=form.parent.data and TerritoryId(form.parent.data),
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return _done()
    return _form(PlaceFormPage(form, N_("Add a territory"), N_("Add territory")))


@bp.route("/territories/<id:territory_id>", methods=["GET", "POST"])
@requires(Permission.TEAMS_EDIT)
def territory(territory_id: int) -> BaseResponse:
    """Change a territory."""
    work = current_work()
    known = get_territory(work.session, TerritoryId(territory_id))
    form = _territory_form(
        known.id,
        name=known.name,
        country=known.country,
        parent=known.parent_id,
        version=known.version,
    )
    if form.is_accepted():
        try:
            edit_territory(
                work,
                known.id,
                name=form.name.data,
                country=form.country.data,
                parent_id=form.parent.data and TerritoryId(form.parent.data),
                version=form.version.data or 0,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return _done()
    return _form(PlaceFormPage(form, N_("Change a territory"), N_("Save"), known.name))


def _territory_form(but: TerritoryId | None, **shown: object) -> TerritoryForm:
    work = current_work()
    form = TerritoryForm(data=unless_sent(shown))
    form.parent.choices = [
        (each.id, each.name) for each in territories(work.session, work.today) if each.id != but
    ]
    return form


def _done() -> BaseResponse:
    return go(url_for("places.list"))


def _form(page: PlaceFormPage) -> Response:
    return make_response(render("places/form.html", page=page), page.form.status)
