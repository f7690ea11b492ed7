"""Pages about targets."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from flask import Blueprint, Response, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import KpiId, PersonId, TargetId, TeamId
from spm.domain.metrics.registry import Unit
from spm.domain.period import AsOf, NamedPeriod, PeriodKind, containing, previous
from spm.domain.targets.kpi import WON_REVENUE, Kpi, KpiState, digits_of
from spm.domain.targets.spread import by_weights
from spm.domain.targets.state import TargetState
from spm.domain.targets.target import Target, TargetExists
from spm.i18n.words import gettext
from spm.queries.targets.kpis import get_kpi, kpis
from spm.queries.targets.owners import Standing, allowed, teams
from spm.queries.targets.targets import Filters, Sort, find_exact, get_target
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.targets import targets as services
from spm.services.targets.targets import Entry
from spm.services.work import Work
from spm.web.blueprints.targets import pages
from spm.web.blueprints.targets.forms import (
    BY_ACTUAL,
    BY_TARGET,
    EVENLY,
    AnswerForm,
    PlanBase,
    offered_value,
    plan_form,
    revise_form,
    set_form,
    typed,
)
from spm.web.blueprints.targets.grid import (
    COLUMNS,
    DEFAULT_COLUMNS,
    Filler,
    Grid,
    GridPage,
    periods_from,
    said_filled,
    said_nothing,
    said_wrong,
)
from spm.web.htmx import go
from spm.web.looking import named_period, offered
from spm.web.rendering import render

bp = Blueprint("targets", __name__, url_prefix="/targets")

Number = TypeVar("Number", KpiId, TeamId, PersonId)
LONGEST_ID = 18


@bp.get("", endpoint="list")
@requires(Permission.TARGETS_VIEW)
def show_list() -> str:
    """The targets in sight, narrowed, sorted and paged by the address."""
    work = current_work()
    return render("targets/list.html", page=pages.list_page(work, _filters(work, request.args)))


@bp.get("/<id:target_id>")
@requires(Permission.TARGETS_VIEW)
def show(target_id: int) -> str:
    """One target with its rationale, its history and what was said."""
    work = current_work()
    target = _target(work, target_id)
    form = AnswerForm(data={"version": target.revision})
    return render("targets/show.html", page=pages.show_page(work, target, form))


@bp.post("/<id:target_id>/accept")
@requires(Permission.TARGETS_ACCEPT)
def accept(target_id: int) -> BaseResponse:
    """The owner agrees."""
    work, form = current_work(), AnswerForm()
    if form.is_accepted():
        services.accept_target(work, TargetId(target_id), form.version.data or 0)
        return go(url_for("targets.show", target_id=target_id))
    return _answered(work, target_id, form)


@bp.post("/<id:target_id>/object", endpoint="object")
@requires(Permission.TARGETS_OBJECT)
def object_to(target_id: int) -> BaseResponse:
    """The owner objects, with words."""
    work, form = current_work(), AnswerForm()
    if form.is_accepted():
        try:
            services.object_to_target(
                work, TargetId(target_id), form.version.data or 0, form.words.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("targets.show", target_id=target_id))
    return _answered(work, target_id, form)


@bp.post("/<id:target_id>/comment")
@requires(Permission.TARGETS_COMMENT)
def comment(target_id: int) -> BaseResponse:
    """Somebody adds a comment."""
    work, form = current_work(), AnswerForm()
    if form.is_accepted():
        try:
            services.comment_on_target(work, TargetId(target_id), form.words.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("targets.show", target_id=target_id))
    return _answered(work, target_id, form)


@bp.route("/new", methods=["GET", "POST"], endpoint="set")
@requires(Permission.TARGETS_SET)
def set_one() -> BaseResponse:
    """Set one target: first its KPI, then whose, for when, how much and why."""
    work = current_work()
    active = kpis(work.session, states=(KpiState.ACTIVE,))
    kpi = next((one for one in active if one.id == _number(KpiId, request.args, "kpi")), None)
    if kpi is None:
        return make_response(render("targets/set.html", page=pages.SetPage(active, None, None)))
    there = pages.for_kpi(work, kpi)
    form = _set_form(work, kpi, there)
    exists = None
    if form.is_accepted():
        try:
            target_id = services.set_target(
                work,
                kpi.id,
                _chosen(there, form.owner.data).owner,
                form.named(),
                value=typed(form["value"]) or Decimal(0),
                rationale=form.rationale.data or "",
            )
        except TargetExists:
            exists = _existing(work, kpi, _chosen(there, form.owner.data), form.named())
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("targets.show", target_id=target_id))
    held = None
    if form.owner.data and form.period.data and not form.period.errors:
        one = _chosen(there, form.owner.data)
        held = pages.held(work, kpi, one.owner, one.name, form.period.data, typed(form["value"]))
    page = pages.SetPage(active, kpi, form, held, exists)
    return make_response(render("targets/set.html", page=page), 409 if exists else form.status)


@bp.route("/<id:target_id>/revise", methods=["GET", "POST"])
@requires(Permission.TARGETS_SET)
def revise(target_id: int) -> BaseResponse:
    """Give a target another value; its owner is asked again."""
    work = current_work()
    target = _target(work, target_id)
    work.require(Permission.TARGETS_SET, target.subject)
    currency = target.currency or work.organisation.currency
    known = {
        "version": target.revision,
        "value": offered_value(target.value, target.unit, currency),
        "rationale": target.rationale,
    }
    form = revise_form(target.unit)(
        data=None if request.method == "POST" else known, currency=currency
    )
    if form.is_accepted():
        try:
            services.revise_target(
                work,
                target.id,
                form.version.data or 0,
                value=typed(form["value"]) or Decimal(0),
                rationale=form.rationale.data or "",
                reason=form.reason.data or "",
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("targets.show", target_id=target_id))
    kpi = get_kpi(work.session, target.kpi_id)
    held = pages.held(work, kpi, target.owner, target.owner_name, target.period, target.value)
    page = pages.RevisePage(target, form, held)
    return make_response(render("targets/revise.html", page=page), form.status)


@bp.route("/plan", methods=["GET", "POST"])
@requires(Permission.TARGETS_SET)
def plan() -> BaseResponse:
    """Set the targets of a team's people in one form, perhaps shared out of a total."""
    work = current_work()
    page = _plan_page(work)
    form = page.form
    if form is None or page.kpi is None or not form.is_accepted():
        return make_response(render("targets/plan.html", page=page), form.status if form else 200)
    if form.spread.data:
        _share_out(form, page, digits_of(page.kpi.unit or Unit.COUNT, page.currency))
        return make_response(render("targets/plan.html", page=_summed(work, page)))
    entries = [
        Entry(row.standing.owner, value, _seen(form.rows()[row.key][1]))
        for row in page.rows
        if row.key in form.rows() and (value := typed(form.rows()[row.key][0])) is not None
    ]
    try:
        services.plan_targets(
            work, page.kpi.id, page.period, entries, rationale=form.rationale.data or ""
        )
    except Invalid as error:
        form.refuse(error)
        return make_response(render("targets/plan.html", page=_summed(work, page)), 422)
    team = page.team.owner.team_id if page.team else None
    return go(url_for("targets.list", kpi=page.kpi.id, team=team, period=page.period.name))


@bp.route("/grid", methods=["GET", "POST"])
@requires(Permission.TARGETS_SET)
def grid() -> BaseResponse:
    """Set the targets of a team over several periods: typed, pasted, or copied from before."""
    work = current_work()
    page = _grid_page(work)
    if page.kpi is None or page.team is None:
        return make_response(render("targets/grid.html", page=page))
    filler = Filler(work, page.kpi, page.team, periods_from(page.period, page.columns))
    if request.method != "POST":
        return _grid(page, filler.grid(filler.shown()), 200)
    given = request.form
    form = filler.sent(given)
    if form.paste.data:
        filled, unknown, count = filler.pasted(given)
        said = said_filled(count) if count else said_nothing()
        return _grid(page, filler.grid(filler.sent(filled), unknown=unknown, said=said), 200)
    if form.copy.data and not form.factor.errors:
        filled, count = filler.copied(form, given)
        said = said_filled(count) if count else said_nothing()
        return _grid(page, filler.grid(filler.sent(filled), said=said), 200)
    if form.errors or form.form_errors:
        there = filler.grid(form)
        return _grid(page, replace(there, said=said_wrong(there.wrong) if there.wrong else ""), 422)
    try:
        services.plan_periods(
            work, page.kpi.id, filler.entries(form), rationale=form.rationale.data or ""
        )
    except Invalid as error:
        form.refuse(error)
        return _grid(page, filler.grid(form), 422)
    return go(url_for("targets.list", kpi=page.kpi.id, team=page.team.owner.team_id))


def _grid(page: GridPage, there: Grid, status: int) -> Response:
    return make_response(render("targets/grid.html", page=replace(page, grid=there)), status)


def _grid_page(work: Work) -> GridPage:
    chosen = _plan_choice(work)
    columns = _number(int, request.args, "columns")
    return GridPage(
        kpis=chosen.kpis,
        teams=chosen.teams,
        offered=chosen.periods,
        kpi=chosen.kpi,
        team=chosen.team,
        period=chosen.period,
        columns=columns if columns in COLUMNS else DEFAULT_COLUMNS,
        currency=chosen.currency,
    )


def _target(work: Work, target_id: int) -> Target:
    return get_target(work.session, work.actor, work.organisation, TargetId(target_id))


def _answered(work: Work, target_id: int, form: AnswerForm) -> Response:
    page = pages.show_page(work, _target(work, target_id), form)
    return make_response(render("targets/show.html", page=page), form.status)


def _number(kind: Any, asked: Mapping[str, str], name: str) -> Any:
    raw = asked.get(name, "")
    if raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_ID:
        return kind(int(raw))
    return None


def _filters(work: Work, asked: Mapping[str, str]) -> Filters:
    """Return what an address narrows the list to; what it does not know is left out."""
    named = asked.get("period", "").strip()
    period = named_period(named, work.organisation.fiscal_start).period if named else None
    state, sort = asked.get("state", ""), asked.get("sort", "")
    page = _number(int, asked, "page") or 1
    column = sort.removeprefix("-")
    return Filters(
        state=TargetState(state) if state in {one.value for one in TargetState} else None,
        kpi_id=_number(KpiId, asked, "kpi"),
        person_id=_number(PersonId, asked, "person"),
        team_id=_number(TeamId, asked, "team"),
        period=period,
        words=asked.get("q", "").strip()[:100],
        sort=Sort(column) if column in {one.value for one in Sort} else Sort.PERIOD,
        is_descending=sort.startswith("-") if column else True,
        page=page,
    )


def _set_form(work: Work, kpi: Kpi, there: tuple[Standing, ...]) -> Any:
    """Return the form of a new target, with what the address already says of it."""
    fiscal = work.organisation.fiscal_start
    kind = kpi.measure.period_kind or PeriodKind.QUARTER
    named = request.args.get("period", "").strip()
    period = named_period(named, fiscal) if named else containing(work.today, kind, fiscal)
    wanted = request.args.get("owner", "")
    form = set_form(kpi.unit or Unit.COUNT)(
        data=None if request.method == "POST" else {"owner": wanted or None, "period": period},
        currency=work.organisation.currency,
        fiscal_start=fiscal,
    )
    form.owner.choices = [(pages.key_of(one.owner), one.name) for one in there]
    return form


def _chosen(there: tuple[Standing, ...], key: str) -> Standing:
    """Return the owner that a form names.

    Raises:
        NotFound: None of those on offer.
    """
    for one in there:
        if pages.key_of(one.owner) == key:
            return one
    raise NotFound(what="owner", id=key)


def _existing(work: Work, kpi: Kpi, one: Standing, period: NamedPeriod) -> Target | None:
    return find_exact(work.session, work.organisation, kpi.id, one.owner, period.period)


def _plan_page(work: Work) -> pages.PlanPage:
    page = _plan_choice(work)
    if page.kpi is None or page.team is None:
        return page
    return _filled(work, page, page.kpi, page.team)


def _plan_choice(work: Work) -> pages.PlanPage:
    """Return what an address chooses: KPI, team and period, nothing filled in yet.

    What it does not name is chosen where there is no doubt: the headline KPI, somebody's only team.
    """
    active = kpis(work.session, states=(KpiState.ACTIVE,))
    there = allowed(work.actor, Permission.TARGETS_VIEW, teams(work.session))
    fiscal = work.organisation.fiscal_start
    kpi = next((one for one in active if one.id == _number(KpiId, request.args, "kpi")), None)
    if "kpi" not in request.args:
        kpi = next((one for one in active if one.key == WON_REVENUE), None)
    wanted = _number(TeamId, request.args, "team")
    team = next((one for one in there if one.owner.team_id == wanted), None)
    if "team" not in request.args and len(there) == 1:
        (team,) = there
    kind = (kpi.measure.period_kind if kpi else None) or PeriodKind.QUARTER
    named = request.args.get("period", "").strip()
    period = (
        named_period(named, fiscal) if named else previous(containing(work.today, kind, fiscal), -1)
    )
    return pages.PlanPage(
        kpis=active,
        teams=there,
        periods=offered(work, period),
        kpi=kpi,
        team=team,
        period=period,
        before=previous(period),
        rows=(),
        form=None,
        rolled=None,
        currency=work.organisation.currency,
        organisation=work.organisation,
        as_of=AsOf.at(work.now),
    )


def _filled(work: Work, page: pages.PlanPage, kpi: Kpi, team: Standing) -> pages.PlanPage:
    rows = pages.plan_rows(work, kpi, team, page.period)
    unit = kpi.unit or Unit.COUNT
    known: dict[str, Any] = {}
    typed_here = [row for row in rows if not pages.is_foreign(work, row.target)]
    for row in typed_here:
        if row.target is not None:
            known[f"value_{row.key}"] = offered_value(row.target.value, unit, page.currency)
            known[f"seen_{row.key}"] = str(row.target.revision)
    form = plan_form(unit, [row.key for row in typed_here])(
        data=None if request.method == "POST" else known, currency=page.currency
    )
    form.spread_by.choices = [
        (EVENLY, gettext("Evenly")),
        (BY_ACTUAL, gettext("By what each reached in the period before")),
        (BY_TARGET, gettext("By each one's target of the period before")),
    ]
    if request.method != "POST":
        form.spread_by.data = EVENLY
    return _summed(work, replace(page, rows=rows, form=form))


def _summed(work: Work, page: pages.PlanPage) -> pages.PlanPage:
    """Return the page with its values added up against the team's own target."""
    if page.form is None or page.kpi is None or page.team is None or not page.kpi.adds_up:
        return page
    fields = page.form.rows()
    values = [typed(fields[row.key][0]) for row in page.rows if row.key in fields]
    parent = pages.team_target(work, page.kpi.id, page.team, page.period)
    is_whole = len(values) == len(page.rows)
    return replace(page, rolled=pages.rolled(values, parent, in_one_currency=is_whole))


def _share_out(form: PlanBase, page: pages.PlanPage, digits: int) -> None:
    """Fill the values of a plan from its total; what cannot be shared is said at the total."""
    total = typed(form.total)
    if total is None:
        form.total.errors = [gettext("Give the total to share out.")]
        return
    rows = [row for row in page.rows if row.key in form.rows()]
    weights = [_weight(form.spread_by.data, row) for row in rows]
    try:
        shares = by_weights(total, weights, digits)
    except Invalid as error:
        form.refuse(error)
        return
    unit = page.kpi.unit if page.kpi and page.kpi.unit else Unit.COUNT
    for row, share in zip(rows, shares, strict=True):
        field = form.rows()[row.key][0]
        field.raw_data, field.data = None, offered_value(share, unit, page.currency)


def _weight(by: str | None, row: pages.PlanRow) -> Decimal:
    match by:
        case "by-actual":
            value = row.last.value if row.last else None
        case "by-target":
            value = row.last_target.value if row.last_target else None
        case _:
            return Decimal(1)
    return max(value or Decimal(0), Decimal(0))


def _seen(field: Any) -> int:
    raw = str(field.data or "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_ID else 0
