"""Accounts: the list, one account with its deals in sight, entering and editing."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, may_at_all
from spm.domain.errors import Invalid
from spm.domain.ids import AccountId
from spm.domain.pipeline.accounts import Account, ParentUnknown
from spm.domain.pipeline.deals import Status
from spm.queries.pipeline.accounts import (
    AccountList,
    AccountSort,
    account_names,
    accounts_named,
    accounts_page,
    get_account,
)
from spm.queries.pipeline.deal_list import DealList, Filters, Sort, deals_page
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.pipeline import accounts as services
from spm.services.work import Work
from spm.web import htmx
from spm.web.asked import Asked
from spm.web.blueprints.accounts.forms import AccountForm
from spm.web.rendering import render

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

PAGE = 50


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list of accounts."""

    found: AccountList
    text: str
    sort: AccountSort
    is_descending: bool
    number: int
    may_create: bool

    @property
    def order(self) -> str:
        """The order as the address says it: ``-won`` for the largest first."""
        return f"-{self.sort}" if self.is_descending else self.sort.value

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found.total // PAGE))

    @property
    def first(self) -> int:
        """Number of the first account shown, from 1; 0 where there is none."""
        return (self.number - 1) * PAGE + 1 if self.found.lines else 0

    @property
    def last(self) -> int:
        """Number of the last account shown."""
        return self.first + len(self.found.lines) - 1 if self.found.lines else 0


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account with the deals in sight: the latest, and what is open and won of all."""

    account: Account
    deals: DealList
    open: DealList
    won: DealList
    may_edit: bool
    may_create_deal: bool


@bp.get("", endpoint="list")
@requires(Permission.ACCOUNTS_VIEW)
def account_list() -> str:
    """Show the accounts that the address asks for."""
    work = current_work()
    asked = Asked(("q", "sort", "page"))
    sort, is_descending = asked.order(AccountSort.NAME)
    number, text = asked.page(), asked.line("q")
    found = accounts_page(
        work.session,
        work.actor,
        text=text,
        sort=sort,
        is_descending=is_descending,
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    may_create = may_at_all(work.actor, Permission.ACCOUNTS_EDIT)
    page = ListPage(found, text, sort, is_descending, number, may_create)
    return render("accounts/list.html", page=page)


@bp.get("/<id:account_id>")
@requires(Permission.ACCOUNTS_VIEW)
def show(account_id: int) -> str:
    """Show an account and its deals in sight."""
    work = current_work()
    Asked(())
    account = get_account(work.session, work.actor, AccountId(account_id))
    found = {
        status: deals_page(
            work.session,
            work.actor,
            Filters(account_id=account.id, status=status),
            work.today,
            sort=Sort.OPENED,
            is_descending=True,
        )
        for status in (None, Status.OPEN, Status.WON)
    }
    page = AccountPage(
        account=account,
        deals=found[None],
        open=found[Status.OPEN],
        won=found[Status.WON],
        may_edit=services.may_edit(work, account.id),
        may_create_deal=may_at_all(work.actor, Permission.DEALS_CREATE),
    )
    return render("accounts/show.html", page=page)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_EDIT)
def create() -> Response | BaseResponse:
    """Show the form of a new account; enter it."""
    work = current_work()
    form = AccountForm(currency=work.organisation.currency)
    if form.is_accepted():
        try:
            account_id = services.create(work, form.facts(_parent(work, form, None)))
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("accounts.show", account_id=account_id))
    return _form(work, form, None)


@bp.route("/<id:account_id>/edit", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_EDIT)
def edit(account_id: int) -> Response | BaseResponse:
    """Show the form of an account; change it."""
    work = current_work()
    account = get_account(work.session, work.actor, AccountId(account_id))
    services.require_edit(work, account.id)
    revenue = account.facts.annual_revenue
    form = AccountForm(currency=revenue.currency if revenue else work.organisation.currency)
    if not form.is_submitted():
        form.version.data = account.version
        form.fill(account.facts, account.parent_name)
    if form.is_accepted():
        try:
            facts = form.facts(_parent(work, form, account))
            services.edit(work, account.id, facts, version=form.version.data or 0)
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("accounts.show", account_id=account.id))
    return _form(work, form, account)


def _form(work: Work, form: AccountForm, account: Account | None) -> Response:
    names = account_names(work.session)
    page = render("accounts/form.html", form=form, account=account, accounts=names)
    return make_response(page, form.status)


def _parent(work: Work, form: AccountForm, account: Account | None) -> AccountId | None:
    """Return the account whose name was typed; the one that it was keeps its name, however many have it.

    Raises:
        ParentUnknown: No account, or more than one, has the name.
    """
    name = form.parent.data
    if not name:
        return None
    if account is not None and name == account.parent_name:
        return account.parent_id
    found = accounts_named(work.session, name)
    if len(found) != 1:
        raise ParentUnknown(field="parent", name=name, found=len(found))
    return found[0]
