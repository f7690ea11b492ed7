"""Pages about KPIs."""

from flask import Blueprint, Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission
from spm.domain.errors import Invalid
from spm.domain.ids import KpiId
from spm.domain.targets.kpi import Kpi, KpiState
from spm.domain.targets.smart import NotSmart
from spm.i18n.labels import problem
from spm.queries.targets.kpis import get_kpi
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.targets import kpis as services
from spm.services.targets.kpis import define_kpi, edit_kpi
from spm.services.work import Work
from spm.web.blueprints.kpis.forms import KpiForm, WordsForm, filled
from spm.web.blueprints.kpis.pages import FormPage, list_page, show_page
from spm.web.charts import reader
from spm.web.htmx import go
from spm.web.rendering import render

bp = Blueprint("kpis", __name__, url_prefix="/kpis")


@bp.get("", endpoint="list")
@requires(Permission.KPIS_VIEW)
def show_list() -> str:
    """All KPIs, the active ones first."""
    return render("kpis/list.html", page=list_page(current_work()))


@bp.get("/<id:kpi_id>")
@requires(Permission.KPIS_VIEW)
def show(kpi_id: int) -> str:
    """One KPI: its five letters, its history, its targets."""
    work = current_work()
    kpi = get_kpi(work.session, KpiId(kpi_id))
    person = request.args.get("person", "")
    person_id = int(person) if person.isascii() and person.isdigit() else None
    return render("kpis/show.html", page=show_page(work, kpi, person_id))


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.KPIS_EDIT)
def new() -> BaseResponse:
    """Define a KPI; a draft can wait for all but its name."""
    work = current_work()
    form = KpiForm()
    form.offer(work, None)
    if form.is_accepted():
        try:
            kpi_id = define_kpi(work, form.wishes(form.measure))
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("kpis.show", kpi_id=kpi_id))
    return _form(form, None)


@bp.route("/<id:kpi_id>/edit", methods=["GET", "POST"])
@requires(Permission.KPIS_EDIT)
def edit(kpi_id: int) -> BaseResponse:
    """Change a KPI: all of a draft, the words of an active one."""
    work = current_work()
    kpi = _editable(work, KpiId(kpi_id))
    is_draft = kpi.state is KpiState.DRAFT
    kind = KpiForm if is_draft else WordsForm
    form = kind(data=None if request.method == "POST" else filled(kpi))
    form.offer(work, kpi)
    if form.is_accepted():
        measure = form.measure if isinstance(form, KpiForm) else kpi.measure
        try:
            edit_kpi(work, kpi.id, form.version.data or 0, form.wishes(measure))
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("kpis.show", kpi_id=kpi_id))
    return _form(form, kpi)


@bp.post("/<id:kpi_id>/activate")
@requires(Permission.KPIS_ACTIVATE)
def activate(kpi_id: int) -> BaseResponse:
    """Put a draft to use once all five letters hold; else say which do not."""
    work = current_work()
    try:
        services.activate_kpi(work, KpiId(kpi_id))
    except NotSmart as error:
        page = show_page(work, get_kpi(work.session, KpiId(kpi_id)), None)
        flash(problem(error, reader()), "problem")
        return make_response(render("kpis/show.html", page=page), 409)
    return go(url_for("kpis.show", kpi_id=kpi_id))


@bp.post("/<id:kpi_id>/retire")
@requires(Permission.KPIS_ACTIVATE)
def retire(kpi_id: int) -> BaseResponse:
    """Take an active KPI out of use."""
    services.retire_kpi(current_work(), KpiId(kpi_id))
    return go(url_for("kpis.show", kpi_id=kpi_id))


def _editable(work: Work, kpi_id: KpiId) -> Kpi:
    """Return a KPI that the person may change.

    Raises:
        NotFound: There is none.
        Forbidden: The person may read it only.
    """
    kpi = get_kpi(work.session, kpi_id)
    work.require(Permission.KPIS_EDIT, kpi.subject)
    return kpi


def _form(form: WordsForm, kpi: Kpi | None) -> Response:
    return make_response(render("kpis/form.html", page=FormPage(form, kpi)), form.status)
