"""The packs of a whole team in one go: asking, watching, stopping, fetching."""

import tempfile
from io import BytesIO
from pathlib import Path

from flask import Response, current_app, make_response, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.adapters.files import FileStore
from spm.domain.access import Permission
from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import PackRunId, TeamId
from spm.domain.period import AsOf
from spm.jobs.packs import FOLDER
from spm.request.access import requires
from spm.request.work import current_work
from spm.services import pack_runs
from spm.services.packs import How, default_as_of
from spm.services.work import Work
from spm.web.blueprints.packs.forms import RunForm, run_form
from spm.web.blueprints.packs.routes import bp, given
from spm.web.blueprints.packs.run_pages import (
    AskPage,
    askable_teams,
    progress_part,
    run_page,
)
from spm.web.fields import Form
from spm.web.htmx import go
from spm.web.rendering import render

__all__ = ["bp"]  # the whole blueprint, with what follows


@bp.route("/runs/new", methods=["GET", "POST"])
@requires(Permission.PACKS_RUN)
def ask() -> BaseResponse:
    """Ask for the packs of a team, or of everybody."""
    work = current_work()
    form = run_form(work, askable_teams(work), **given(work, request.args))
    if form.is_accepted():
        try:
            run_id = _ask(work, form)
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("packs.run", run_id=run_id))
    return make_response(render("packs/ask.html", page=AskPage(form)), form.status)


@bp.get("/runs/<id:run_id>")
@requires(Permission.PACKS_RUN)
def run(run_id: int) -> str:
    """How far a run is, and what came of it."""
    return render("packs/run.html", page=run_page(current_work(), PackRunId(run_id)))


@bp.get("/runs/<id:run_id>/progress")
@requires(Permission.PACKS_RUN)
def run_progress(run_id: int) -> BaseResponse:
    """The part of the page that says how far it is; the whole page once it is over."""
    part = progress_part(current_work(), PackRunId(run_id))
    if part is None:
        return go(url_for("packs.run", run_id=run_id))
    return make_response(render("packs/_progress.html", part=part))


@bp.post("/runs/<id:run_id>/cancel")
@requires(Permission.PACKS_RUN)
def cancel_run(run_id: int) -> BaseResponse:
    """Stop a run; what was issued so far stays."""
    if Form().is_accepted():
        pack_runs.cancel(current_work(), PackRunId(run_id))
    return go(url_for("packs.run", run_id=run_id))


@bp.get("/runs/<id:run_id>/zip")
@requires(Permission.PACKS_RUN, writes=True)
def download_run(run_id: int) -> Response:
    """The finished packs in one file, as far as the reader may have them by now."""
    store = FileStore(Path(current_app.instance_path) / FOLDER)
    try:
        name, path, withheld = pack_runs.hand_out(current_work(), PackRunId(run_id), store)
    except Conflict:
        page = run_page(current_work(), PackRunId(run_id))
        return make_response(render("packs/run.html", page=page), 409)
    if not withheld:
        return send_file(
            path, "application/zip", as_attachment=True, download_name=name, etag=False
        )
    with tempfile.TemporaryDirectory() as folder:
        rest = Path(folder) / name
        pack_runs.without(path, withheld, rest)
        left = BytesIO(rest.read_bytes())
    return send_file(left, "application/zip", as_attachment=True, download_name=name, etag=False)


def _ask(work: Work, form: RunForm) -> PackRunId:
    period, day = form.period.data, form.as_of.data
    as_of = (
        default_as_of(work, period) if day is None else AsOf.of_date(day, work.organisation.zone)
    )
    how = How(period, as_of, form.language.data, form.paper.data)
    team = form.team_id.data
    base_url = str(current_app.config["BASE_URL"])
    return pack_runs.ask(work, None if team is None else TeamId(team), how, base_url)
