"""Saved views of the list: keeping one, dropping one."""

from urllib.parse import urlencode

from flask import Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission
from spm.domain.errors import Invalid
from spm.domain.ids import TeamId, ViewId
from spm.i18n.words import gettext
from spm.queries.pipeline.views import get_own_view, own_teams
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.pipeline import views as services
from spm.web import htmx
from spm.web.asked import Asked
from spm.web.blueprints.deals import forms, listing
from spm.web.blueprints.deals.editing import bp
from spm.web.rendering import render

__all__ = ["bp"]


@bp.post("/views")
@requires(Permission.VIEWS_KEEP)
def save_view() -> Response | BaseResponse:
    """Keep the list that the address asks for under a name."""
    work = current_work()
    asked = Asked(listing.PARAMETERS)
    listing.asked_question(asked)  # what cannot be asked is not kept
    question = _question()
    form = forms.ViewForm()
    form.team.choices = list(own_teams(work.session, work.actor, work.today))
    back = f"{url_for('deals.list')}?{question}"
    if form.is_accepted():
        team_id = None if form.team.data is None else TeamId(form.team.data)
        try:
            services.save_view(work, form.name.data, question, team_id)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("The view %(name)s is kept.", name=form.name.data), "done")
            return htmx.go(back)
    page = render("deals/view.html", form=form, back=back)
    return make_response(page, form.status)


@bp.route("/views/rename", methods=["GET", "POST"])
@requires(Permission.VIEWS_KEEP)
def rename_view() -> Response | BaseResponse:
    """Show the form of a view of one's own; call it otherwise."""
    work = current_work()
    form = forms.RenameViewForm()
    asked = form.view.data if form.is_submitted() else Asked(("view",)).id("view")
    if asked is None:
        raise Invalid(field="view")
    view = get_own_view(work.session, work.actor, ViewId(asked), work.today)
    form.team.choices = list(own_teams(work.session, work.actor, work.today))
    if view.team_id is not None and view.team_id not in dict(form.team.choices):
        form.team.choices.append((view.team_id, view.team or ""))
    if not form.is_submitted():
        form.view.data, form.name.data, form.team.data = view.id, view.name, view.team_id
        form.version.data = view.version
    back = f"{url_for('deals.list')}?{view.question}"
    if form.is_accepted():
        team_id, version = form.team.data, form.version.data or 0
        kept_for = None if team_id is None else TeamId(team_id)
        try:
            services.rename_view(work, view.id, form.name.data, kept_for, version=version)
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(back)
    page = render("deals/rename_view.html", form=form, view=view, back=back)
    return make_response(page, form.status)


@bp.post("/views/drop")
@requires(Permission.VIEWS_KEEP)
def drop_view() -> BaseResponse:
    """Drop a view of one's own."""
    form = forms.DropViewForm()
    if not form.is_accepted():
        raise Invalid(field="view")
    name = services.drop_view(current_work(), ViewId(form.view.data))
    flash(gettext("The view %(name)s is dropped.", name=name), "done")
    return htmx.go(url_for("deals.list"))


def _question() -> str:
    """The query as it is kept: without the page, and never bare, so that it means the same later."""
    pairs = [(name, value) for name, value in request.args.items() if name != "page"]
    named = {name for name, _value in pairs} - {"sort"}
    return urlencode(pairs if named else [("status", "open"), *pairs])
