"""Deals: the list, one deal and its history, entering, editing, moving and handing over."""

from collections.abc import Collection
from dataclasses import replace

from flask import Blueprint, Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.adapters.exports import csv_lines, workbook
from spm.domain.access import Permission
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import AccountId, AuditId, DealId, PersonId, ProductId, StageId, TerritoryId
from spm.domain.money import MINOR_DIGITS
from spm.domain.pipeline.deals import Deal, Facts, Move
from spm.domain.pipeline.stages import StageKind
from spm.i18n.words import gettext
from spm.queries.pipeline import choices
from spm.queries.pipeline import deals as queries
from spm.queries.pipeline.accounts import account_names, accounts_named, get_account
from spm.queries.pipeline.deal_list import all_deals
from spm.queries.pipeline.pipelines import pipelines
from spm.queries.pipeline.products import products
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.pipeline import deals as services
from spm.services.work import Work
from spm.web import htmx
from spm.web.asked import Asked
from spm.web.blueprints.deals import export as table
from spm.web.blueprints.deals import forms, listing, pages, summed
from spm.web.navigation import way_back
from spm.web.rendering import render

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
bp = Blueprint("deals", __name__, url_prefix="/deals")


class AccountUnknown(Invalid):
    """No account, or more than one, is called ``name``."""

    code = "deals.account-unknown"


@bp.get("", endpoint="list")
@requires(Permission.DEALS_VIEW)
def deal_list() -> str:
    """Show the deals in sight that the address asks for."""
    asked = Asked(listing.PARAMETERS)
    question = listing.asked_question(asked)
    return render("deals/list.html", page=listing.list_page(current_work(), asked, question))


@bp.get("/sum", endpoint="sum")
@requires(Permission.DEALS_VIEW)
def show_sum() -> str:
    """Show what a list of deals comes to, with its filter and the deals; a card where a page asks."""
    asked = Asked(listing.PARAMETERS)
    page = summed.summed_page(current_work(), asked, listing.asked_question(asked))
    name = "deals/_summed_card.html" if htmx.is_fragment() else "deals/summed.html"
    return render(name, page=page)


@bp.get("/export.<any(csv, xlsx):kind>")
@requires(Permission.DEALS_VIEW, writes=True)
def export(kind: str) -> Response:
    """Send the deals that the address asks for as a file, and write down that they left."""
    work = current_work()
    question = listing.asked_question(Asked(listing.PARAMETERS))
    found = all_deals(
        work.session,
        work.actor,
        question.filters,
        work.today,
        sort=question.sort,
        is_descending=question.is_descending,
    )
    asked = request.query_string.decode("ascii", "replace")
    services.record_export(work, kind, asked, [line.owner_id for line in found])
    head = table.header(has_closed=question.has_closed)
    rows = table.cells(found, has_closed=question.has_closed)
    if kind == "xlsx":
        response = make_response(workbook(head, rows))
        response.headers["Content-Type"] = XLSX
    else:
        response = make_response("".join(csv_lines(head, rows)))
        response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="deals.{kind}"'
    return response


@bp.get("/<id:deal_id>")
@requires(Permission.DEALS_VIEW)
def show(deal_id: int) -> str:
    """Show a deal as it is, or as it was on a date."""
    work = current_work()
    on = Asked(("on",)).day("on")
    story = queries.get_story(work.session, work.actor, DealId(deal_id), work.today)
    return render("deals/show.html", page=pages.deal_page(work, story, on))


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.DEALS_CREATE)
def create() -> Response | BaseResponse:
    """Show the form of a new deal; enter it."""
    work = current_work()
    asked = Asked(("account", "pipeline"))
    form = forms.NewDealForm(currency=_currency(work.organisation.currency))
    _offer(work, form)
    owners = choices.possible_owners(work.session, work.actor, Permission.DEALS_CREATE, work.today)
    stages = forms.stage_choices(pipelines(work.session))
    form.owner.choices, form.stage.choices = list(owners), stages
    account_id = asked.id("account")
    account_name = _account_name(work, AccountId(account_id)) if account_id else ""
    if not form.is_submitted():
        own = work.actor.person_id
        form.owner.data = own if any(key == own for key, _ in owners) else None
        form.stage.data = stages[0][0] if stages else None
        form.on.data = work.today
        form.currency_code.data = form.currency
        form.account.data = account_name
    if form.is_accepted():
        try:
            known = (AccountId(account_id), account_name) if account_id else None
            deal_id = services.create(work, _new_deal(work, form, known))
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("deals.show", deal_id=deal_id))
    page = render(
        "deals/new.html",
        form=form,
        accounts=account_names(work.session),
        sources=choices.lead_sources(work.session, work.actor),
        has_stages=bool(stages),
    )
    return make_response(page, form.status)


@bp.route("/<id:deal_id>/edit", methods=["GET", "POST"])
@requires(Permission.DEALS_EDIT)
def edit(deal_id: int) -> Response | BaseResponse:
    """Show the form of a deal; change it."""
    work = current_work()
    deal = queries.get_deal(work.session, work.actor, DealId(deal_id))
    work.require(Permission.DEALS_EDIT, deal.subject)
    form = forms.EditDealForm(currency=_currency(deal.facts.currency))
    _offer(work, form, deal)
    form.reason.required = form.reason.flags.required = not _is_own(work, deal)
    if deal.stage_kind is not StageKind.LOST:
        del form.loss_notes
    known_id = deal.facts.account_id
    known = None if known_id is None else (known_id, _account_name(work, known_id))
    if not form.is_submitted():
        forms.fill(form, deal, known[1] if known else "")
    if form.is_accepted():
        try:
            facts = _facts(work, form, known)
            if "loss_notes" in form:
                facts = replace(facts, loss_notes=form.loss_notes.data)
            version = form.version.data or 0
            services.edit(work, deal.id, facts, version=version, reason=form.reason.data)
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("deals.show", deal_id=deal.id))
    page = render(
        "deals/edit.html",
        form=form,
        deal=deal,
        is_own=_is_own(work, deal),
        has_lines=queries.has_lines(work.session, deal.id),
        accounts=account_names(work.session),
        sources=choices.lead_sources(work.session, work.actor),
    )
    return make_response(page, form.status)


@bp.route("/<id:deal_id>/lines", methods=["GET", "POST"])
@requires(Permission.DEALS_EDIT)
def lines(deal_id: int) -> Response | BaseResponse:
    """Show the lines of a deal as a form; change them."""
    work = current_work()
    deal = queries.get_deal(work.session, work.actor, DealId(deal_id))
    work.require(Permission.DEALS_EDIT, deal.subject)
    known = [each.line for each in queries.lines_of(work.session, deal)]
    form = forms.lines_form(deal.facts.currency)
    if not form.is_submitted():
        form.fill(deal, known)
    form.offer(_offered_products(work, {line.product_id for line in known}))
    form.reason.required = form.reason.flags.required = not _is_own(work, deal)
    if form.is_accepted():
        version, reason = form.version.data or 0, form.reason.data
        try:
            services.set_lines(work, deal.id, form.drafts(), version=version, reason=reason)
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("deals.show", deal_id=deal.id))
    page = render("deals/lines.html", form=form, deal=deal, is_own=_is_own(work, deal))
    return make_response(page, form.status)


@bp.route("/<id:deal_id>/move", methods=["GET", "POST"])
@requires(Permission.DEALS_MOVE)
def move(deal_id: int) -> Response | BaseResponse:
    """Show what a move to a stage asks for; move the deal there, or reopen it."""
    work = current_work()
    deal = queries.get_deal(work.session, work.actor, DealId(deal_id))
    work.require(Permission.DEALS_MOVE, deal.subject)
    asked = Asked(("stage", "back"))
    stage_id = asked.id("stage")
    back = way_back(request.args.get("back"), url_for("deals.show", deal_id=deal.id))
    page = pages.move_page(work, deal, None if stage_id is None else StageId(stage_id))
    if page.gate is None:
        if request.method == "POST":
            raise NotFound(what="stage")
        return make_response(render("deals/choose_stage.html", page=page, back=back))
    form = forms.MoveForm(currency=deal.facts.currency)
    has_lines = queries.has_lines(work.session, deal.id)
    forms.narrow(form, deal, page.gate, is_own=_is_own(work, deal), has_lines=has_lines)
    if not form.is_submitted():
        form.version.data = deal.version
        form.on.data = work.today
        if "amount" in form:
            form.amount.data = deal.facts.amount
    if form.is_accepted():
        wanted = Move(
            page.gate.target.id,
            form.on.data,
            form.amount.data if "amount" in form else None,
            form.reason.data if "reason" in form else "",
            form.loss_reason.data if "loss_reason" in form else "",
            forms.confirmed(form, page.gate),
            form.loss_notes.data if "loss_notes" in form else "",
        )
        try:
            moved = services.move(work, deal.id, wanted, version=form.version.data or 0)
        except Invalid as error:
            form.refuse(error)
        else:
            _offer_undo(work, page, moved, back)
            return htmx.go(back)
    answer = render(
        "deals/_move.html" if htmx.is_fragment() else "deals/move.html",
        page=page,
        form=form,
        reasons=choices.loss_reasons(work.session, work.actor),
        back=back,
        is_ready=forms.asks_nothing(form, page.gate),
    )
    return make_response(answer, form.status)


def _offer_undo(work: Work, page: pages.MovePage, moved: services.Moved, back: str) -> None:
    """Say what was done, with the way to take it back for as long as nothing else happens."""
    deal = queries.get_deal(work.session, work.actor, page.deal.id)
    target = "" if page.gate is None else page.gate.target.name
    words = gettext("%(deal)s is now in %(stage)s.", deal=deal.facts.name, stage=target)
    undo = url_for("deals.undo_move", deal_id=deal.id, back=back)
    values = {"act": moved.act_id, "version": deal.version}
    flash({"text": words, "undo": undo, "values": values}, "done")  # type: ignore[arg-type]


@bp.route("/<id:deal_id>/assign", methods=["GET", "POST"])
@requires(Permission.DEALS_ASSIGN)
def assign(deal_id: int) -> Response | BaseResponse:
    """Show the form of a hand-over; hand the deal over."""
    work = current_work()
    deal = queries.get_deal(work.session, work.actor, DealId(deal_id))
    work.require(Permission.DEALS_ASSIGN, deal.subject)
    owners = choices.possible_new_owners(work.session, work.actor, work.today)
    form = forms.AssignForm()
    form.owner.choices = forms.owner_choices(owners, without=deal.owner_id)
    if not form.is_submitted():
        form.version.data = deal.version
    if form.is_accepted():
        version, owner_id = form.version.data or 0, PersonId(form.owner.data)
        try:
            services.assign(work, deal.id, owner_id, version=version, reason=form.reason.data)
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("deals.show", deal_id=deal.id))
    return make_response(render("deals/assign.html", form=form, deal=deal), form.status)


@bp.post("/<id:deal_id>/undo-move")
@requires(Permission.DEALS_MOVE)
def undo_move(deal_id: int) -> BaseResponse:
    """Take back one's own move of a deal, while nothing else has happened to it."""
    work = current_work()
    back = way_back(request.args.get("back"), url_for("deals.show", deal_id=deal_id))
    form = forms.UndoForm()
    deal = queries.get_deal(work.session, work.actor, DealId(deal_id))
    work.require(Permission.DEALS_MOVE, deal.subject)
    if not form.is_accepted():
        raise Invalid(field="act")
    services.undo_move(work, deal.id, AuditId(form.act.data), version=form.version.data or 0)
    flash(gettext("The move of %(deal)s is taken back.", deal=deal.facts.name), "done")
    return htmx.go(back)


def _is_own(work: Work, deal: Deal) -> bool:
    return deal.owner_id == work.actor.person_id


def _currency(default: str) -> str:
    """Return the currency in which the amount of the form that was sent is to be read."""
    chosen = request.form.get("currency_code", "")
    return chosen if chosen in MINOR_DIGITS else default


def _offer(work: Work, form: forms.FactsForm, deal: Deal | None = None) -> None:
    offered = _offered_products(work, set() if deal is None else {deal.facts.product_id})
    forms.offer(form, offered, choices.territories(work.session))


def _offered_products(
    work: Work, kept: Collection[ProductId | None]
) -> list[tuple[ProductId, str]]:
    """Return the products that are sold, and those ``kept`` that no longer are."""
    return [
        (product.id, product.name)
        for product in products(work.session)
        if product.facts.is_active or product.id in kept
    ]


def _account_name(work: Work, account_id: AccountId) -> str:
    return get_account(work.session, work.actor, account_id).name


def _facts(work: Work, form: forms.FactsForm, known: tuple[AccountId, str] | None) -> Facts:
    """Return the facts typed; ``known`` is the account that its name means here.

    Raises:
        AccountUnknown: No account, or more than one, has the name typed.
    """
    product, territory = form.product.data, form.territory.data
    return Facts(
        name=form.name.data,
        currency=form.currency,
        account_id=_account(work, form.account.data, known),
        amount=form.amount.data,
        expected_close_on=form.expected_close_on.data,
        territory_id=None if territory is None else TerritoryId(territory),
        product_id=None if product is None else ProductId(product),
        lead_source=form.lead_source.data,
        next_step=form.next_step.data,
    )


def _account(work: Work, name: str, known: tuple[AccountId, str] | None) -> AccountId | None:
    if not name:
        return None
    if known is not None and name == known[1]:
        return known[0]
    found = accounts_named(work.session, name)
    if len(found) != 1:
        raise AccountUnknown(field="account", name=name, found=len(found))
    return found[0]


def _new_deal(
    work: Work, form: forms.NewDealForm, known: tuple[AccountId, str] | None
) -> services.NewDeal:
    stage_id = StageId(form.stage.data)
    pipeline = next(
        pipeline
        for pipeline in pipelines(work.session)
        if any(stage.id == stage_id for stage in pipeline.stages)
    )
    return services.NewDeal(
        facts=_facts(work, form, known),
        owner_id=PersonId(form.owner.data),
        pipeline_id=pipeline.id,
        stage_id=stage_id,
        on=form.on.data,
    )
