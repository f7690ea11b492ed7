"""Pipelines: the list, one with its stages, starting one from a template, changing its stages."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, may
from spm.domain.errors import Invalid
from spm.domain.ids import PipelineId, StageId
from spm.domain.pipeline.stages import Pipeline, StageDraft, StageInUse, stages_from
from spm.i18n import labels
from spm.i18n.words import gettext
from spm.queries.pipeline.pipelines import StageUse, get_pipeline, pipelines, stage_uses
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.pipeline import pipelines as services
from spm.web import htmx
from spm.web.asked import Asked
from spm.web.blueprints.pipelines.forms import NewPipelineForm, PipelineForm
from spm.web.rendering import render

bp = Blueprint("pipelines", __name__, url_prefix="/pipelines")


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list of pipelines."""

    pipelines: tuple[Pipeline, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class PipelinePage:
    """One pipeline with the use of its stages (None for those who may not know of all deals)."""

    pipeline: Pipeline
    uses: dict[StageId, StageUse] | None
    may_edit: bool


@bp.get("", endpoint="list")
@requires(Permission.PIPELINES_VIEW)
def pipeline_list() -> str:
    """Show every pipeline with its stages."""
    work = current_work()
    Asked(())
    page = ListPage(pipelines(work.session), may(work.actor, Permission.PIPELINES_EDIT))
    return render("pipelines/list.html", page=page)


@bp.get("/<id:pipeline_id>")
@requires(Permission.PIPELINES_VIEW)
def show(pipeline_id: int) -> str:
    """Show a pipeline's stages with what each asks for."""
    work = current_work()
    Asked(())
    pipeline = get_pipeline(work.session, PipelineId(pipeline_id))
    may_edit = may(work.actor, Permission.PIPELINES_EDIT)
    uses = stage_uses(work.session, pipeline.id) if may_edit else None
    return render("pipelines/show.html", page=PipelinePage(pipeline, uses, may_edit))


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.PIPELINES_EDIT)
def create() -> Response | BaseResponse:
    """Show the templates; start a pipeline from one, in the language of whoever does."""
    work = current_work()
    form = NewPipelineForm()
    form.offer()
    if not form.is_submitted():
        form.template.data = "proposal"
    if form.is_accepted():
        try:
            stages = stages_from(form.template.data, tuple(form.optional.data or ()))
            pipeline_id = services.create(
                work,
                form.name.data,
                [_spoken(stage) for stage in stages],
                description=form.description.data,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("pipelines.show", pipeline_id=pipeline_id))
    return make_response(render("pipelines/new.html", form=form), form.status)


@bp.route("/<id:pipeline_id>/edit", methods=["GET", "POST"])
@requires(Permission.PIPELINES_EDIT)
def edit(pipeline_id: int) -> Response | BaseResponse:
    """Show a pipeline's stages as a form; change them."""
    work = current_work()
    pipeline = get_pipeline(work.session, PipelineId(pipeline_id))
    form = PipelineForm()
    if not form.is_submitted():
        form.fill(pipeline)
    form.offer(pipeline)
    if form.is_accepted():
        try:
            services.edit(
                work,
                pipeline.id,
                form.name.data,
                form.drafts(),
                version=form.version.data or 0,
                description=form.description.data,
                is_active=bool(form.is_active.data),
            )
        except (StageInUse, services.PipelineInUse) as error:
            # What was typed is worth keeping: the form says what is in the way.
            form.form_errors.append(labels.problem(error))
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("pipelines.show", pipeline_id=pipeline.id))
    return make_response(render("pipelines/edit.html", form=form, pipeline=pipeline), form.status)


def _spoken(stage: StageDraft) -> StageDraft:
    """Return a template's stage in the reader's language: from here on its words are the house's."""
    return replace(
        stage,
        name=gettext(stage.name),
        entry_criteria=tuple(gettext(line) for line in stage.entry_criteria),
        exit_criteria=tuple(gettext(line) for line in stage.exit_criteria),
    )
