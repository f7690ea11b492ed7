"""The board of deals, and entering a deal in one of its columns."""

from flask import Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import PersonId, StageId
from spm.domain.pipeline.deals import Facts
from spm.domain.pipeline.stages import Pipeline, Stage
from spm.i18n.words import gettext
from spm.queries.pipeline import choices
from spm.queries.pipeline.pipelines import pipelines
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.pipeline import deals as services
from spm.services.work import Work
from spm.web import htmx
from spm.web.asked import Asked
from spm.web.blueprints.deals import board, forms
from spm.web.blueprints.deals.routes import bp
from spm.web.navigation import way_back
from spm.web.rendering import render

__all__ = ["bp"]


@bp.get("/board", endpoint="board")
@requires(Permission.DEALS_VIEW)
def show_board() -> str:
    """Show the deals of one pipeline in the columns of its stages."""
    work = current_work()
    return render("deals/board.html", page=board.board_page(work, Asked(board.PARAMETERS)))


@bp.route("/add/<id:stage_id>", methods=["GET", "POST"])
@requires(Permission.DEALS_CREATE)
def add(stage_id: int) -> Response | BaseResponse:
    """Enter a deal in a stage with its name, amount and owner; the rest is said later."""
    work = current_work()
    back = way_back(request.args.get("back"), url_for("deals.board"))
    pipeline, stage = _stage(work, StageId(stage_id))
    form = forms.QuickForm(currency=work.organisation.currency)
    owners = choices.possible_owners(work.session, work.actor, Permission.DEALS_CREATE, work.today)
    form.owner.choices = list(owners)
    if form.is_accepted():
        facts = Facts(form.name.data, form.currency, amount=form.amount.data)
        new = services.NewDeal(facts, PersonId(form.owner.data), pipeline.id, stage.id, work.today)
        try:
            services.create(work, new)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("%(deal)s is entered.", deal=facts.name), "done")
            return htmx.go(back)
    page = render("deals/add.html", form=form, stage=stage, back=back)
    return make_response(page, form.status)


def _stage(work: Work, stage_id: StageId) -> tuple[Pipeline, Stage]:
    for pipeline in pipelines(work.session):
        for stage in pipeline.stages:
            if stage.id == stage_id:
                return pipeline, stage
    raise NotFound(what="stage", id=stage_id)
