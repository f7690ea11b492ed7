"""A made-up board for the gallery, drawn by the templates of the real one."""

from datetime import UTC, date, datetime

from spm.domain.ids import AccountId, DealId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Concern, Deal, Facts
from spm.domain.pipeline.stages import Stage, StageKind
from spm.queries.pipeline.board import BoardCard, BoardColumn
from spm.queries.pipeline.deal_list import Filters

STAGES = (
    Stage(StageId(1), "Qualified", StageKind.OPEN, 1),
    Stage(StageId(2), "Proposal", StageKind.OPEN, 2, expected_days=21),
    Stage(StageId(3), "Negotiation", StageKind.OPEN, 3),
    Stage(StageId(4), "Won", StageKind.WON, 4),
)


class SampleBoard:
    """What the board's templates ask of a page."""

    filters = Filters()
    new_owners: tuple[tuple[PersonId, str], ...] = ()
    here = "/gallery"

    def __init__(self) -> None:
        qualified, proposal, negotiation, won = STAGES
        self.columns = (
            BoardColumn(
                qualified,
                38,
                (Money("EUR", 6_400_000), Money("JPY", 2_400_000)),
                1,
                (
                    _card(1, "東京電機 — 更新", Money("JPY", 2_400_000), qualified),
                    _card(2, "Київстар CRM", None, qualified, Concern.NO_NEXT_STEP),
                ),
                None,
            ),
            BoardColumn(
                proposal,
                1,
                (Money("EUR", 12_000_000),),
                0,
                (
                    _card(
                        3,
                        "한빛소프트 라이선스",
                        Money("EUR", 12_000_000),
                        proposal,
                        Concern.OVERDUE,
                        Concern.LINGERING,
                    ),
                ),
                None,
            ),
            BoardColumn(negotiation, 0, (), 0, (), None),
            BoardColumn(
                won,
                1,
                (Money("EUR", 850_000),),
                0,
                (_card(4, "Northwind pilot", Money("EUR", 850_000), won),),
                date(2026, 11, 19),
            ),
        )

    def may_move(self, deal: Deal) -> bool:
        """Return whether a deal can be moved: here, one that is open."""
        return not deal.is_closed

    def targets(self, deal: Deal) -> tuple[Stage, ...]:
        """Return the stages that a deal can be moved to."""
        return tuple(stage for stage in STAGES if stage.id != deal.stage_id)

    def deal_url(self, _deal: Deal) -> str:
        """Return where a deal would be."""
        return "#board"

    def move_url(self, _deal: Deal) -> str:
        """Return where a deal would be moved."""
        return "#board"

    def list_url(self, _column: BoardColumn) -> str:
        """Return where the list of a column's deals would be."""
        return "#board"

    def sum_url(self, _column: BoardColumn) -> str:
        """Return where what a column comes to would be explained."""
        return "#board"


def _card(number: int, name: str, amount: Money | None, stage: Stage, *marks: Concern) -> BoardCard:
    account = AccountId(number)
    return BoardCard(
        deal=Deal(
            id=DealId(number),
            facts=Facts(
                name,
                "EUR",
                account_id=account,
                amount=amount,
                expected_close_on=date(2026, 12, 18),
            ),
            pipeline_id=PipelineId(1),
            stage_id=stage.id,
            stage_kind=stage.kind,
            owner_id=PersonId(1),
            opened_on=date(2026, 10, 5),
            closed_on=date(2026, 12, 1) if stage.is_closed else None,
            stage_since_at=datetime(2026, 11, 7, tzinfo=UTC),
            loss_reason="",
            version=1,
        ),
        owner_name="佐藤 美咲",
        account_id=account,
        account_name="Львів Оптика",
        days_in_stage=41,
        marks=marks,
    )
