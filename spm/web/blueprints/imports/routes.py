"""Pages about imports."""

from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.adapters.exports import csv_lines
from spm.adapters.files import FileStore
from spm.domain.access import Permission
from spm.domain.errors import Invalid
from spm.domain.ids import ImportId
from spm.i18n.labels import remark
from spm.i18n.words import gettext
from spm.jobs.imports import FOLDER
from spm.queries.intake.imports import all_issues, get_import
from spm.request.access import requires
from spm.request.identity import token_of
from spm.request.work import current_work
from spm.services.intake import uploads
from spm.services.intake.uploads import Upload
from spm.web.blueprints.imports import pages
from spm.web.blueprints.imports.forms import ConfirmForm, UploadForm, look_form
from spm.web.fields import Form
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
    look = look_form(one)
    return render(
        "imports/show.html", page=pages.show_page(work, one, _number(), look, ConfirmForm())
    )


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
    page = pages.show_page(work, one, 1, form, ConfirmForm(formdata=None))
    return make_response(render("imports/show.html", page=page), form.status)


@bp.post("/<id:import_id>/load")
@requires(Permission.IMPORTS_RUN)
def load(import_id: int) -> BaseResponse:
    """Load what was looked at."""
    work, form = current_work(), ConfirmForm()
    one = get_import(work.session, ImportId(import_id))
    if form.is_accepted():
        uploads.confirm(
            work,
            one.id,
            is_all_or_nothing=bool(form.is_all_or_nothing.data),
            takes_over=bool(form.takes_over.data),
        )
        return go(url_for("imports.show", import_id=import_id))
    page = pages.show_page(work, one, 1, look_form(one), form)
    return make_response(render("imports/show.html", page=page), form.status)


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
