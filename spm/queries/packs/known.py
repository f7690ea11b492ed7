"""Whose deals a pack reads, and how they stood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Date, exists, func, literal, select
from sqlalchemy.orm import Session

from spm.domain.metrics.figure import Scope, ScopeKind
from spm.domain.money import Money
from spm.domain.packs.content import PackDeal
from spm.domain.period import Period
from spm.domain.pipeline.history import FOREVER
from spm.models.organisation import MembershipRow
from spm.models.pipeline import AccountRow, DealRow, DealStateRow, StageRow


@dataclass(frozen=True, slots=True)
class Known:
    """What the deals of a person or a team are read for.

    Attributes:
        scope: Who is credited: a person, or who belonged to a team on the day.
        teams: The team and those below it; empty for a person.
        period: The pack's period.
        cutoff: What is dated before it counts.
        open_cutoff: The same for what stands open: the end of the period at the latest.
        open_day: The last business date before ``open_cutoff``.
    """

    scope: Scope
    teams: tuple[int, ...]
    period: Period
    cutoff: datetime
    open_cutoff: datetime
    open_day: date

    def credited(
        self, owner: ColumnElement[int] | Any, on: ColumnElement[Any] | Any
    ) -> ColumnElement[bool]:
        """Return the condition under which what ``owner`` did on a day counts."""
        if self.scope.kind is ScopeKind.REP:
            mine: ColumnElement[bool] = owner == self.scope.id
            return mine
        return exists().where(
            MembershipRow.person_id == owner,
            MembershipRow.team_id.in_(self.teams),
            MembershipRow.start_on <= on,
            MembershipRow.end_on > on,
        )

    def of_team(self, team_id: int, teams: tuple[int, ...]) -> Self:
        """Return the same for a whole team."""
        return replace(self, scope=Scope(ScopeKind.TEAM, team_id), teams=teams)

    @property
    def states(self) -> ColumnElement[bool]:
        """Return the condition under which a state's deal counts: by the close, else by the last day."""
        on = func.coalesce(DealStateRow.closed_on, literal(self.open_day, Date))
        return self.credited(DealStateRow.credited_owner_id, on)


class State(NamedTuple):
    """A deal as it stood at an instant."""

    state: DealStateRow
    deal: DealRow
    stage: StageRow
    account: str | None

    @property
    def is_present(self) -> bool:
        """Whether nothing has happened to it since."""
        return self.state.to_at >= FOREVER


def held(cutoff: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions under which a state held just before ``cutoff``."""
    return DealStateRow.from_at < cutoff, DealStateRow.to_at >= cutoff


def states(
    session: Session, known: Known, which: ColumnElement[bool], cutoff: datetime
) -> Sequence[State]:
    """Return the deals that count and of which ``which`` holds, as they stood, by number."""
    rows = session.execute(
        select(DealStateRow, DealRow, StageRow, AccountRow.name)
        .join(DealRow, DealRow.id == DealStateRow.deal_id)
        .join(StageRow, StageRow.id == DealStateRow.stage_id)
        .outerjoin(AccountRow, AccountRow.id == DealStateRow.account_id)
        .where(*held(cutoff), known.states, which)
        .order_by(DealStateRow.deal_id)
    )
    return [State(*row) for row in rows]


def pack_deal(there: State, words: str, notes: str = "") -> PackDeal:
    """Return a deal as a pack shows it; what is not kept by date only of a state that still holds."""
    state, deal = there.state, there.deal
    return PackDeal(
        id=deal.id,
        name=deal.name,
        account=there.account or "",
        stage=there.stage.name,
        amount=None if state.amount_minor is None else Money(state.currency, state.amount_minor),
        opened_on=state.opened_on,
        closed_on=state.closed_on,
        expected_on=state.expected_close_on,
        words=words if there.is_present else "",
        notes=notes if there.is_present else "",
    )
