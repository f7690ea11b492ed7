"""Editing in the list: one fact of one deal, or one change of many deals."""

import re
from dataclasses import dataclass, replace

from flask import Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission
from spm.domain.errors import Invalid
from spm.domain.ids import DealId, PersonId, StageId
from spm.domain.pipeline.deals import Deal, Facts, Wish
from spm.i18n.words import current, gettext
from spm.queries.pipeline import choices
from spm.queries.pipeline import deals as queries
from spm.queries.pipeline.deal_list import DealLine, chosen_deals
from spm.queries.pipeline.pipelines import pipelines
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.pipeline import bulk
from spm.services.pipeline import deals as services
from spm.services.work import Work
from spm.web import htmx
from spm.web.asked import Asked, QuestionUnknown
from spm.web.blueprints.deals import forms
from spm.web.blueprints.deals.board_routes import bp
from spm.web.navigation import way_back
from spm.web.rendering import render

__all__ = ["bp"]

FactForm = forms.AmountForm | forms.CloseForm | forms.StepForm
FACTS: dict[str, type[FactForm]] = {
    "amount": forms.AmountForm,
    "close": forms.CloseForm,
    "step": forms.StepForm,
}
"""What can be said of a deal by itself, as the address names it."""

_CHOSEN = re.compile(r"([1-9][0-9]{0,17})\.([1-9][0-9]{0,8})", re.ASCII)


@bp.route("/<id:deal_id>/set/<any(amount, close, step):fact>", methods=["GET", "POST"])
@requires(Permission.DEALS_EDIT)
def set_fact(deal_id: int, fact: str) -> Response | BaseResponse:
    """Show the form of one fact of a deal; change it."""
    work = current_work()
    deal = queries.get_deal(work.session, work.actor, DealId(deal_id))
    work.require(Permission.DEALS_EDIT, deal.subject)
    back = way_back(request.args.get("back"), url_for("deals.show", deal_id=deal.id))
    form = FACTS[fact](currency=deal.facts.currency)
    if deal.owner_id == work.actor.person_id:
        del form.reason
    if not form.is_submitted():
        form.version.data = deal.version
        _show(form, deal.facts)
    if form.is_accepted():
        reason = form.reason.data if "reason" in form else ""
        version = form.version.data or 0
        try:
            services.edit(work, deal.id, _said(form, deal), version=version, reason=reason)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("%(deal)s is changed.", deal=deal.facts.name), "done")
            return htmx.go(back)
    template = "deals/_set.html" if htmx.is_fragment() else "deals/set.html"
    return make_response(render(template, form=form, deal=deal, back=back, fact=fact), form.status)


def _show(form: FactForm, facts: Facts) -> None:
    match form:
        case forms.AmountForm():
            form.amount.data = facts.amount
        case forms.CloseForm():
            form.expected_close_on.data = facts.expected_close_on
        case forms.StepForm():
            form.next_step.data = facts.next_step


def _said(form: FactForm, deal: Deal) -> Facts:
    match form:
        case forms.AmountForm():
            return replace(deal.facts, amount=form.amount.data)
        case forms.CloseForm():
            return replace(deal.facts, expected_close_on=form.expected_close_on.data)
    return replace(deal.facts, next_step=form.next_step.data)


@dataclass(frozen=True, slots=True)
class ManyPage:
    """One change of many deals, before it is made or after some refused it."""

    wish: Wish
    lines: tuple[DealLine, ...]
    back: str
    has_others: bool
    outcome: bulk.Outcome | None = None


@bp.route("/bulk", methods=["GET", "POST"])
@requires(Permission.DEALS_EDIT)
def change_many() -> Response | BaseResponse:
    """Show the form of one change of the deals that the address names; make it."""
    work = current_work()
    asked = Asked(("what", "back"), many="chosen")
    wish = asked.choice("what", Wish) or Wish.OWNER
    back = way_back(request.args.get("back"), url_for("deals.list"))
    chosen = _chosen(asked.many)
    lines = chosen_deals(work.session, work.actor, [each.deal_id for each in chosen], work.today)
    has_others = any(line.owner_id != work.actor.person_id for line in lines)
    page = ManyPage(wish, lines, back, has_others)
    form = forms.ManyForm()
    _narrow(work, form, page)
    outcome = None
    if form.is_accepted():
        reason = form.reason.data if "reason" in form else ""
        try:
            outcome = bulk.change_many(work, chosen, _wished(form, wish), reason)
        except Invalid as error:
            form.refuse(error)
    if outcome is None:
        return make_response(render("deals/many.html", page=page, form=form), form.status)
    if not outcome.refused:
        said = current().ngettext(
            "%(num)s deal is changed.", "%(num)s deals are changed.", outcome.changed
        )
        flash(said, "done")
        return htmx.go(back)
    done = replace(page, outcome=outcome)
    status = 200 if outcome.changed else 422
    return make_response(render("deals/many_done.html", page=done), status)


def _chosen(raw: tuple[str, ...]) -> list[bulk.Chosen]:
    """Return the deals that the address names as ``id.version``.

    Raises:
        QuestionUnknown: One of them is written otherwise.
        TooManyChosen: There are too many.
    """
    if len(raw) > bulk.MOST:
        raise bulk.TooManyChosen(most=bulk.MOST)
    found = []
    for each in raw:
        parts = _CHOSEN.fullmatch(each)
        if parts is None:
            raise QuestionUnknown(name="chosen")
        found.append(bulk.Chosen(DealId(int(parts[1])), int(parts[2])))
    return found


def _narrow(work: Work, form: forms.ManyForm, page: ManyPage) -> None:
    """Take out what this change does not ask for, and offer what it does."""
    kept = {
        Wish.OWNER: "owner",
        Wish.STAGE: "stage",
        Wish.CLOSE: "expected_close_on",
        Wish.STEP: "next_step",
    }[page.wish]
    for name in {"owner", "stage", "expected_close_on", "next_step"} - {kept}:
        del form[name]
    if kept == "owner":
        owners = choices.possible_new_owners(work.session, work.actor, work.today)
        form.owner.choices = list(owners)
    if kept == "stage":
        form.stage.choices = forms.stage_choices(pipelines(work.session))
    needs_reason = page.has_others or page.wish is Wish.OWNER
    if not needs_reason:
        del form.reason
    else:
        form.reason.required = form.reason.flags.required = True


def _wished(form: forms.ManyForm, wish: Wish) -> bulk.New:
    match wish:
        case Wish.OWNER:
            return bulk.NewOwner(PersonId(form.owner.data))
        case Wish.STAGE:
            return bulk.NewStage(StageId(form.stage.data))
        case Wish.CLOSE:
            return bulk.NewClose(form.expected_close_on.data)
        case Wish.STEP:
            return bulk.NewStep(form.next_step.data)
