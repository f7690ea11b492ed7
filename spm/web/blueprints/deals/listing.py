"""The list of deals: from the address to the question, and back to addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import request, url_for

from spm.domain.access import Actor, Permission, may, may_at_all
from spm.domain.ids import AccountId, PersonId, PipelineId, ProductId, StageId, TeamId, TerritoryId
from spm.domain.pipeline.deals import Concern, Status, Wish
from spm.domain.pipeline.stages import Pipeline
from spm.queries.pipeline import choices
from spm.queries.pipeline.accounts import get_account
from spm.queries.pipeline.deal_list import (
    PAGE,
    DealLine,
    DealList,
    Filters,
    Range,
    Sort,
    deals_page,
    owners_in_sight,
)
from spm.queries.pipeline.pipelines import pipelines
from spm.queries.pipeline.products import products
from spm.queries.pipeline.views import SavedView, own_teams, views_in_sight
from spm.services.work import Work
from spm.web.asked import Asked

PARAMETERS = (
    "q",
    "status",
    "concern",
    "owner",
    "team",
    "pipeline",
    "stage",
    "account",
    "product",
    "territory",
    "expected_from",
    "expected_to",
    "opened_from",
    "opened_to",
    "closed_from",
    "closed_to",
    "amount_from",
    "amount_to",
    "sort",
    "page",
)
"""The parameters that the list understands."""
MORE = (
    "expected_from",
    "expected_to",
    "account",
    "product",
    "territory",
    "opened_from",
    "opened_to",
    "closed_from",
    "closed_to",
    "amount_from",
    "amount_to",
)
"""Filters that a list shows only when they are used or asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the address asks of the list."""

    filters: Filters
    sort: Sort
    is_descending: bool
    page: int

    @property
    def order(self) -> str:
        """The order as the address says it: ``-amount`` for the largest first."""
        return f"-{self.sort}" if self.is_descending else self.sort.value

    @property
    def has_closed(self) -> bool:
        """Whether any deal of such a list can have been closed."""
        return self.filters.status is not Status.OPEN


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list of deals with everything its filters offer."""

    question: Question
    found: DealList
    owners: tuple[tuple[PersonId, str], ...]
    teams: tuple[tuple[TeamId, str], ...]
    products: tuple[tuple[ProductId, str], ...]
    territories: tuple[tuple[TerritoryId, str], ...]
    pipelines: tuple[Pipeline, ...]
    account_name: str | None
    csv_url: str
    xlsx_url: str
    sum_url: str
    here: str
    tail: str
    views: tuple[SavedView, ...]
    own_teams: tuple[tuple[TeamId, str], ...]
    actor: Actor
    is_filtered: bool
    is_more_open: bool
    may_create: bool

    @property
    def has_closed(self) -> bool:
        """Whether any deal of such a list can have been closed."""
        return self.question.has_closed

    def is_shown(self, view: SavedView) -> bool:
        """Return whether the page shows what a view asks for."""
        return self.tail == f"?{view.question}"

    @property
    def may_change(self) -> bool:
        """Whether the reader may edit any of the deals shown."""
        return any(self.may_edit(line) for line in self.found.lines)

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """What the reader can change of many deals: who hands none over is not asked to."""
        may_assign = may_at_all(self.actor, Permission.DEALS_ASSIGN)
        return tuple(wish for wish in Wish if may_assign or wish is not Wish.OWNER)

    def may_edit(self, line: DealLine) -> bool:
        """Return whether the reader may edit a deal."""
        return may(self.actor, Permission.DEALS_EDIT, line.subject)

    def may_price(self, line: DealLine) -> bool:
        """Return whether the reader may say what a deal is worth."""
        is_open = not line.stage_kind.is_closed
        permission = Permission.DEALS_EDIT if is_open else Permission.DEALS_EDIT_CLOSED_AMOUNT
        return may(self.actor, permission, line.subject)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found.total // PAGE))

    @property
    def first(self) -> int:
        """Number of the first deal shown, from 1; 0 where there is none."""
        return (self.question.page - 1) * PAGE + 1 if self.found.lines else 0

    @property
    def last(self) -> int:
        """Number of the last deal shown."""
        return self.first + len(self.found.lines) - 1 if self.found.lines else 0

    @property
    def statuses(self) -> tuple[Status, ...]:
        """What the status filter offers."""
        return tuple(Status)

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """What the filter by attention offers."""
        return tuple(Concern)


def asked_question(asked: Asked) -> Question:
    """Return what the address asks for.

    Raises:
        Invalid: A parameter or its value is unknown, or a range ends before it begins.
    """
    filters = Filters(
        owner_id=_id(asked, "owner", PersonId),
        team_id=_id(asked, "team", TeamId),
        pipeline_id=_id(asked, "pipeline", PipelineId),
        stage_id=_id(asked, "stage", StageId),
        account_id=_id(asked, "account", AccountId),
        product_id=_id(asked, "product", ProductId),
        territory_id=_id(asked, "territory", TerritoryId),
        # The bare address shows what people come for; the form's "All" says ``status=``.
        status=Status.OPEN if asked.is_bare else asked.choice("status", Status),
        concern=asked.choice("concern", Concern),
        expected=Range(asked.day("expected_from"), asked.day("expected_to")),
        opened=Range(asked.day("opened_from"), asked.day("opened_to")),
        closed=Range(asked.day("closed_from"), asked.day("closed_to")),
        least=asked.amount("amount_from"),
        most=asked.amount("amount_to"),
        text=asked.line("q"),
    )
    filters.check()
    sort, is_descending = asked.order(Sort.EXPECTED)
    return Question(filters, sort, is_descending, asked.page())


Key = TypeVar("Key")


def _id(asked: Asked, name: str, make: Callable[[int], Key]) -> Key | None:
    number = asked.id(name)
    return None if number is None else make(number)


def list_page(work: Work, asked: Asked, question: Question) -> ListPage:
    """Return the page that answers ``question`` for the actor."""
    session, actor, filters = work.session, work.actor, question.filters
    account = (
        None if filters.account_id is None else get_account(session, actor, filters.account_id)
    )
    return ListPage(
        question=question,
        found=deals_page(
            session,
            actor,
            filters,
            work.today,
            sort=question.sort,
            is_descending=question.is_descending,
            page=question.page,
        ),
        owners=owners_in_sight(session, actor),
        teams=choices.teams(session),
        products=tuple((product.id, product.name) for product in products(session)),
        territories=choices.territories(session),
        pipelines=pipelines(session),
        account_name=None if account is None else account.name,
        csv_url=url_for("deals.export", kind="csv") + asked.tail,
        xlsx_url=url_for("deals.export", kind="xlsx") + asked.tail,
        sum_url=url_for("deals.sum") + asked.tail,
        here=request.full_path.rstrip("?"),
        tail=asked.tail,
        views=views_in_sight(session, actor, work.today),
        own_teams=own_teams(session, actor, work.today),
        actor=actor,
        is_filtered=filters != Filters(),
        is_more_open=asked.has_any(MORE),
        may_create=may_at_all(actor, Permission.DEALS_CREATE),
    )
