"""Pages about imports."""

from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.adapters.exports import csv_lines
from spm.adapters.files import FileStore
from spm.domain.access import Permission, may
from spm.domain.errors import Invalid
from spm.domain.ids import ImportId, ImportMappingId, ImportTableId
from spm.domain.intake.drafts import FieldsMissing, FieldTwice
from spm.domain.intake.schema import Kind
from spm.i18n.labels import label, remark
from spm.i18n.words import gettext
from spm.jobs.imports import FOLDER
from spm.jobs.progress import ask_to_stop, tell
from spm.queries.intake.imports import Import, all_issues, get_import
from spm.queries.intake.mappings import get_mapping, get_table, kept_mappings, tables_of
from spm.queries.pipeline.pipelines import pipelines
from spm.request.access import requires
from spm.request.identity import token_of
from spm.request.work import current_work, separate_work
from spm.services.intake import mappings as kept_by
from spm.services.intake import uploads
from spm.services.intake.uploads import Upload
from spm.services.intake.values import candidates, values_of
from spm.services.work import Work
from spm.web.blueprints.imports import mapping_pages, pages, value_pages
from spm.web.blueprints.imports.forms import ConfirmForm, UploadForm, confirm_form, look_form
from spm.web.blueprints.imports.mapping_forms import MappingForm, columns_form
from spm.web.blueprints.imports.value_forms import values_form
from spm.web.blueprints.imports.words import field_words
from spm.web.fields import Form, unless_sent
from spm.web.htmx import go
from spm.web.rendering import render

bp = Blueprint("imports", __name__, url_prefix="/imports")

LARGEST_UPLOAD = 512 << 20
_MOST_PAGES = 1_000_000


@bp.url_value_preprocessor
def allow_large_bodies(endpoint: str | None, _values: object) -> None:
    """Let somebody who seems to be signed in send more than a form: files are what this is for.

    Runs ahead of everything that reads the body.
    """
    if endpoint == "imports.new" and token_of(request) is not None:
        request.max_content_length = LARGEST_UPLOAD


@bp.teardown_request
def close_files(_error: BaseException | None) -> None:
    """Let go of what was spooled to disk, whatever became of the request."""
    request.close()


@bp.get("")
@requires(Permission.IMPORTS_VIEW)
def list() -> str:  # noqa: A001 - the endpoint is imports.list
    """All imports, the latest first."""
    return render("imports/list.html", page=pages.list_page(current_work(), _number()))


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.IMPORTS_RUN)
def new() -> BaseResponse:
    """Hand files in."""
    work, form, store = current_work(), UploadForm(), _store()
    if form.is_accepted():
        kept: dict[str, Upload] = {}
        try:
            for file in form.files.data:
                upload = Upload(file.filename, store.keep(file.stream))
                kept[upload.kept.name] = upload
            import_id = uploads.receive(work, tuple(kept.values()))
        except Invalid as error:
            _forget(store, kept)
            form.refuse(error)
        except BaseException:
            _forget(store, kept)
            raise
        else:
            return go(url_for("imports.show", import_id=import_id))
    page = pages.UploadPage(form)
    return make_response(render("imports/new.html", page=page), form.status)


def _forget(store: FileStore, kept: dict[str, Upload]) -> None:
    for name in kept:
        store.forget(name)


@bp.get("/<id:import_id>")
@requires(Permission.IMPORTS_VIEW)
def show(import_id: int) -> str:
    """One import: how far it is, what would happen, what has happened."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    page = pages.show_page(work, one, _number(), look_form(one), _confirm_form(work, one))
    return render("imports/show.html", page=page)


@bp.get("/<id:import_id>/progress")
@requires(Permission.IMPORTS_VIEW)
def progress(import_id: int) -> BaseResponse:
    """The part of the page that says how far it is; the whole page once it is over."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    part = pages.progress_part(work, one)
    if part is None:
        return go(url_for("imports.show", import_id=import_id))
    return make_response(render("imports/_progress.html", part=part))


def _confirm_form(work: Work, one: Import, **kwargs: None) -> ConfirmForm:
    own = one.options.get("layouts", {})
    kept = (mapping.name for mapping in kept_mappings(work.session) if mapping.source in own)
    return confirm_form(one, next(kept, ""), **kwargs)


@bp.post("/<id:import_id>/look-again")
@requires(Permission.IMPORTS_RUN)
def look_again(import_id: int) -> BaseResponse:
    """Have the files read under other formats."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    form = look_form(one)
    if form.is_accepted():
        try:
            currency = form.amounts_in.data.upper() or None
            uploads.look_again(work, one.id, form.readings(one), currency)
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("imports.show", import_id=import_id))
    page = pages.show_page(work, one, 1, form, _confirm_form(work, one, formdata=None))
    return make_response(render("imports/show.html", page=page), form.status)


@bp.post("/<id:import_id>/load")
@requires(Permission.IMPORTS_RUN)
def load(import_id: int) -> BaseResponse:
    """Load what was looked at."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    form = _confirm_form(work, one)
    if form.is_accepted():
        try:
            uploads.confirm(
                work,
                one.id,
                is_all_or_nothing=bool(form.is_all_or_nothing.data),
                takes_over=bool(form.takes_over.data),
                remember=form.name_to_keep,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("imports.show", import_id=import_id))
    page = pages.show_page(work, one, 1, look_form(one), form)
    return make_response(render("imports/show.html", page=page), form.status)


@bp.route("/<id:import_id>/columns/<id:table_id>", methods=["GET", "POST"])
@requires(Permission.IMPORTS_MAP)
def columns(import_id: int, table_id: int) -> BaseResponse:
    """Say which column of a table is what."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    table = get_table(work.session, one.id, ImportTableId(table_id))
    said = request.args.get("kind", "")
    kind = Kind(said) if said in set(Kind) else None
    start = mapping_pages.start_of(work, one.id, table, kind)
    systems = kept_mappings(work.session)
    now = next((kept.id for kept in systems if kept.source == table.layout), None)
    form = columns_form(table, start.kind, start.fields, systems, now)
    if form.is_accepted():
        try:
            uploads.map_columns(
                work,
                one.id,
                table.id,
                form.draft(start.kind, table),
                title=label(start.kind),
                system=form.system_id,
            )
        except FieldsMissing:
            form.form_errors.append(gettext("Something that is needed has no column yet."))
        except FieldTwice as error:
            form.form_errors.append(
                gettext(
                    "Two columns are to be: %(field)s. Choose one of them.",
                    field=field_words(start.kind, str(error.facts["name"])),
                )
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(_next(work, one.id))
    others = sum(
        not each.layout and not each.is_left_out for each in tables_of(work.session, one.id)
    )
    page = mapping_pages.columns_page(one, table, start, form, others)
    return make_response(render("imports/columns.html", page=page), form.status)


def _next(work: Work, import_id: ImportId) -> str:
    """The page to go on with: the next table of which nobody has said anything, else the import."""
    for table in tables_of(work.session, import_id):
        if not table.layout and not table.is_left_out:
            return url_for("imports.columns", import_id=import_id, table_id=table.id)
    return url_for("imports.show", import_id=import_id)


@bp.post("/<id:import_id>/columns/<id:table_id>/leave-out")
@requires(Permission.IMPORTS_MAP)
def leave_out(import_id: int, table_id: int) -> BaseResponse:
    """Leave a table out."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    if Form().is_accepted():
        uploads.map_columns(work, one.id, ImportTableId(table_id), None)
    return go(_next(work, one.id))


@bp.route("/<id:import_id>/values", methods=["GET", "POST"])
@requires(Permission.IMPORTS_MAP)
def values(import_id: int) -> BaseResponse:
    """Say what the values of the files of a source mean: stages, outcomes, people."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    met = values_of(work, one.id, request.args.get("source", ""))
    offered = tuple(each for each in pipelines(work.session) if each.is_active)
    chosen = request.args.get("pipeline", "" if met.pipeline_id is None else str(met.pipeline_id))
    pipeline = next((each for each in offered if str(each.id) == chosen), None)
    people = candidates(work.session)
    form = values_form(met, pipeline, people)
    if form.is_accepted():
        try:
            uploads.map_values(work, one.id, met.layout.id, form.said(met, pipeline))
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("imports.show", import_id=import_id))
    own = met.layout.pipeline.name if met.layout.pipeline else ""
    if met.layout.pipeline and met.layout.pipeline.joins:
        own = met.layout.title
    ways = [("own", gettext("A pipeline of its own: %(name)s", name=own), pipeline is None)]
    ways += [(str(each.id), each.name, each is pipeline) for each in offered]
    page = value_pages.values_page(one, met, form, ways, people)
    return make_response(render("imports/values.html", page=page), form.status)


@bp.get("/mappings")
@requires(Permission.IMPORTS_VIEW)
def mappings() -> str:
    """The mappings that are kept."""
    work = current_work()
    may_change = may(work.actor, Permission.IMPORTS_MAP)
    page = mapping_pages.MappingsPage(kept_mappings(work.session), may_change)
    return render("imports/mappings.html", page=page)


@bp.route("/mappings/<id:mapping_id>", methods=["GET", "POST"])
@requires(Permission.IMPORTS_MAP)
def mapping(mapping_id: int) -> BaseResponse:
    """One mapping: its columns, and the form of its name."""
    work = current_work()
    kept = get_mapping(work.session, ImportMappingId(mapping_id))
    form = MappingForm(data=unless_sent({"name": kept.name, "version": kept.version}))
    if form.is_accepted():
        try:
            kept_by.rename(work, kept.id, form.name.data, form.version.data or 0)
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("imports.mappings"))
    page = mapping_pages.mapping_page(kept, form)
    return make_response(render("imports/mapping.html", page=page), form.status)


@bp.post("/mappings/<id:mapping_id>/remove")
@requires(Permission.IMPORTS_MAP)
def remove_mapping(mapping_id: int) -> BaseResponse:
    """Keep a mapping no longer."""
    if Form().is_accepted():
        kept_by.remove(current_work(), ImportMappingId(mapping_id))
    return go(url_for("imports.mappings"))


@bp.get("/mappings/<id:mapping_id>/file")
@requires(Permission.IMPORTS_VIEW)
def mapping_file(mapping_id: int) -> Response:
    """A mapping as the file that ``spm import --mapping`` takes."""
    kept = get_mapping(current_work().session, ImportMappingId(mapping_id))
    response = make_response(kept.text)
    response.content_type = "application/toml; charset=utf-8"
    name = "".join(each if each.isascii() and each.isalnum() else "-" for each in kept.name)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{name.strip("-") or "mapping"}.toml"'
    )
    return response


@bp.post("/<id:import_id>/stop")
@requires(Permission.IMPORTS_RUN, writes=False)
def stop(import_id: int) -> BaseResponse:
    """End the work on an import; nothing of it is kept.

    Whoever does it in this process is asked first: on SQLite nobody else can write before he lets go.
    """
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    if Form().is_accepted():
        job = pages.job_of(work, one)
        if job is not None:
            ask_to_stop(job.id)
        with separate_work() as stopping:
            is_stopped = uploads.stop_job(stopping, one.id)
        if is_stopped:
            with separate_work() as saying:
                uploads.say_stopped(saying, one.id)
        if job is not None:
            tell(job.id, None)  # he has let go, or never began
    return go(url_for("imports.show", import_id=import_id))


@bp.post("/<id:import_id>/undo")
@requires(Permission.IMPORTS_UNDO)
def undo(import_id: int) -> BaseResponse:
    """Take an import back that somebody else made."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    if Form().is_accepted():
        uploads.ask_undo(work, one.id)
    return go(url_for("imports.show", import_id=import_id))


@bp.post("/<id:import_id>/discard")
@requires(Permission.IMPORTS_RUN)
def discard(import_id: int) -> BaseResponse:
    """Drop what was not loaded."""
    if Form().is_accepted():
        uploads.discard(current_work(), ImportId(import_id), _store())
    return go(url_for("imports.show", import_id=import_id))


@bp.get("/<id:import_id>/errors.csv")
@requires(Permission.IMPORTS_VIEW)
def errors(import_id: int) -> Response:
    """Every refused row and every warning, for a spreadsheet."""
    work = current_work()
    one = get_import(work.session, ImportId(import_id))
    header = [
        gettext(word) for word in ("File", "Line", "Column", "Value", "Reason", "Refused", "Rows")
    ]
    rows = (
        (
            issue.file,
            issue.line,
            issue.column,
            issue.value,
            remark(issue.reason, issue.facts),
            gettext("yes") if issue.is_refusal else gettext("no"),
            1 if issue.is_refusal else issue.facts.get("rows", 1),
        )
        for issue in all_issues(work.session, one.id)
    )
    response = make_response("".join(csv_lines(header, rows)))
    response.content_type = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="import-{one.id}-rows.csv"'
    return response


def _store() -> FileStore:
    return FileStore(Path(current_app.instance_path) / FOLDER)


def _number() -> int:
    """The page that the address asks for; the first where it asks for none that can be."""
    raw = request.args.get("page", "1")
    number = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 8 else 1
    return min(max(number, 1), _MOST_PAGES)
