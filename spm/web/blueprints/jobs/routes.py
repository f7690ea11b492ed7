"""Long work: what runs, what waits, what came of it."""

from flask import Blueprint, request

from spm.domain.access import Permission
from spm.domain.jobs import JobState
from spm.request.access import requires
from spm.request.work import current_work
from spm.web.blueprints.jobs.pages import list_page
from spm.web.paging import page_number
from spm.web.rendering import render

bp = Blueprint("jobs", __name__, url_prefix="/jobs")


@bp.get("", endpoint="list")
@requires(Permission.JOBS_VIEW)
def show_list() -> str:
    """The work in sight, the latest first."""
    asked = request.args.get("state", "")
    state = JobState(asked) if asked in {one.value for one in JobState} else None
    return render("jobs/list.html", page=list_page(current_work(), state, page_number()))
