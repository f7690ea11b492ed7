"""Search: one page with what a few words find."""

from flask import Blueprint

from spm.domain.access import Permission
from spm.domain.text import fold
from spm.i18n.words import gettext
from spm.queries.pipeline.search import search
from spm.request.access import requires
from spm.request.work import current_work
from spm.web.asked import Asked
from spm.web.navigation import Place
from spm.web.rendering import places_in_sight, render

bp = Blueprint("search", __name__)


@bp.get("/search", endpoint="results")
@requires(Permission.SIGNED_IN)
def results() -> str:
    """Show the pages, people, accounts and deals in sight that the words name."""
    work = current_work()
    text = Asked(("q",)).line("q")
    found = search(work.session, work.actor, text, work.today)
    return render("search/results.html", text=text, found=found, pages=_pages(text))


def _pages(text: str) -> list[Place]:
    """The places of the rail whose words hold what was typed."""
    key = fold(text)
    return [place for place in places_in_sight() if key and key in fold(gettext(place.label))]
