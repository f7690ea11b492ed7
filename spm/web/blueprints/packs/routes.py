"""Review packs: the list, a pack, issuing, downloading, signing off."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, current_app, make_response, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Actor, Permission, Role
from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import PackId, PersonId, TeamId
from spm.domain.packs.content import Side
from spm.domain.period import AsOf, NamedPeriod, PeriodKind, PeriodUnknown, containing, parse
from spm.domain.targets.target import Owner
from spm.i18n.labels import problem
from spm.i18n.words import gettext
from spm.queries.packs.issued import get_pack
from spm.request.access import requires
from spm.request.work import current_work
from spm.services import packs as services
from spm.services.work import Work
from spm.web.blueprints.packs.forms import IssueForm, SignOffForm, issue_form
from spm.web.blueprints.packs.pages import (
    IssuePage,
    draft_address,
    issuable,
    issuable_teams,
    list_page,
    show_page,
)
from spm.web.htmx import go
from spm.web.rendering import current_viewer, render

bp = Blueprint("packs", __name__, url_prefix="/packs")

LONGEST_ID = 18
LONGEST_PAGE = 6


@bp.get("")
@requires(Permission.PACKS_VIEW)
def list() -> str:  # noqa: A001 - the endpoint is packs.list
    """The packs in sight, the latest first."""
    work = current_work()
    person_id = _number(request.args, "person", LONGEST_ID)
    page = list_page(
        work,
        None if person_id is None else PersonId(person_id),
        _waiting(request.args.get("waiting", "")),
        _number(request.args, "page", LONGEST_PAGE) or 1,
    )
    return render("packs/list.html", page=page)


@bp.get("/<id:pack_id>")
@requires(Permission.PACKS_VIEW)
def show(pack_id: int) -> str:
    """One pack: what it says, who has signed it off."""
    page = show_page(current_work(), PackId(pack_id), SignOffForm())
    return render("packs/show.html", page=page)


@bp.get("/<id:pack_id>/pdf")
@requires(Permission.PACKS_VIEW, writes=True)
def download(pack_id: int) -> Response:
    """The pack as PDF; whether the reader may have it is judged now, and that he took it is kept."""
    work = current_work()
    mark = _mark(work.actor, get_pack(work.session, work.actor, PackId(pack_id)).person_id)
    base_url = str(current_app.config["BASE_URL"])
    name, pdf = services.hand_out(work, PackId(pack_id), base_url, mark)
    return _sent(name, pdf)


def _sent(name: str, pdf: bytes) -> Response:
    return send_file(
        BytesIO(pdf), "application/pdf", as_attachment=True, download_name=name, etag=False
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.PACKS_ISSUE)
def issue() -> BaseResponse:
    """Issue a pack of somebody below, or of a team; issued again it replaces the one before."""
    work = current_work()
    within = _number(request.args, "within", LONGEST_ID)
    people = issuable(work, None if within is None else TeamId(within))
    form = issue_form(work, people, issuable_teams(work), **given(work, request.args))
    if form.is_accepted():
        try:
            pack_id = _issue(work, form)
        except Invalid as error:
            form.refuse(error)
        else:
            return go(url_for("packs.show", pack_id=pack_id))
    owner, period = form.owner, form.period.data
    draft = None if owner is None or period is None else draft_address(owner, period.name)
    return make_response(render("packs/issue.html", page=IssuePage(form, draft)), form.status)


@bp.get("/draft")
@requires(Permission.PACKS_ISSUE, writes=True)
def draft() -> BaseResponse:
    """What a pack would show as PDF, for who would issue it; nothing is issued."""
    work = current_work()
    asked = given(work, request.args)
    person, team = asked["person_id"], asked["team_id"]
    if (person is None) == (team is None):
        return go(url_for("packs.issue"))
    owner = Owner(person_id=PersonId(person)) if team is None else Owner(team_id=TeamId(team))
    period = asked["period"]
    how = services.How(
        period, services.default_as_of(work, period), asked["language"], asked["paper"]
    )
    base_url = str(current_app.config["BASE_URL"])
    name, pdf = services.hand_out_draft(work, owner, how, base_url)
    return _sent(name, pdf)


@bp.post("/<id:pack_id>/sign-off")
@requires(Permission.PACKS_SIGN_OFF)
def sign_off(pack_id: int) -> BaseResponse:
    """Say that one has read the pack, with a comment or none."""
    work, form = current_work(), SignOffForm()
    status = 422
    if form.is_accepted():
        try:
            services.sign_off(work, PackId(pack_id), str(form.comment.data))
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.form_errors.append(problem(error))
            status = 409
        else:
            return go(url_for("packs.show", pack_id=pack_id))
    page = show_page(work, PackId(pack_id), form)
    return make_response(render("packs/show.html", page=page), status)


def _issue(work: Work, form: IssueForm) -> PackId:
    period, day = form.period.data, form.as_of.data
    as_of = (
        services.default_as_of(work, period)
        if day is None
        else AsOf.of_date(day, work.organisation.zone)
    )
    how = services.How(period, as_of, form.language.data, form.paper.data, tuple(form.decisions))
    if form.owner is None:
        raise WhoseUnclear(field="person_id")
    return services.issue_pack(work, form.owner, how).id


class WhoseUnclear(Invalid):
    """A pack is of one person or of one team: neither or both were chosen."""

    code = "packs.whose"


def given(work: Work, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form starts with: the address, else the present quarter and the defaults."""
    organisation = work.organisation
    present = containing(work.today, PeriodKind.QUARTER, organisation.fiscal_start)
    return {
        "person_id": _number(asked, "person", LONGEST_ID),
        "team_id": _number(asked, "team", LONGEST_ID),
        "period": _period(asked.get("period", ""), organisation.fiscal_start) or present,
        "language": current_viewer().locale,
        "paper": "a4",
    }


def _period(text: str, fiscal_start: int) -> NamedPeriod | None:
    """Return the period of that name; None where there is none."""
    try:
        return parse(text[:40], fiscal_start)
    except PeriodUnknown:
        return None


def _waiting(asked: str) -> Side | None:
    """Return whose sign-off is waited for: `rep` or `manager`."""
    return Side(asked) if asked in {side.value for side in Side} else None


def _mark(actor: Actor, person_id: PersonId | None) -> str | None:
    """Return what is laid across a copy: an auditor's carries his name."""
    is_near = person_id == actor.person_id or person_id in actor.leads
    if Role.AUDITOR not in actor.roles or is_near:
        return None
    return gettext("Copy for %(name)s", name=actor.name)


def _number(asked: Mapping[str, str], name: str, longest: int) -> int | None:
    text = asked.get(name, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= longest
    return int(text) if is_number and int(text) else None
