"""A pipeline and short ways to write a deal's log, for tests."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from spm.domain.ids import DealId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline.history import Event, EventKind
from spm.domain.pipeline.stages import Pipeline, Stage, StageKind

FIRST, SECOND, THIRD, WON, ONBOARDING, LOST = (StageId(n) for n in range(11, 17))
ANN, BOB = PersonId(1), PersonId(2)

PIPELINE = Pipeline(
    PipelineId(1),
    "Sales",
    (
        Stage(FIRST, "Prospecting", StageKind.OPEN, 1),
        Stage(
            SECOND, "Proposal", StageKind.OPEN, 2, entry_criteria=("fits",), exit_criteria=("sent",)
        ),
        Stage(THIRD, "Closing", StageKind.OPEN, 3, entry_criteria=("agreed",)),
        Stage(WON, "Won", StageKind.WON, 4, 10_000, entry_criteria=("signed",)),
        Stage(ONBOARDING, "Onboarding", StageKind.WON, 5, 10_000),
        Stage(LOST, "Lost", StageKind.LOST, 6),
    ),
)

RECORDED = datetime(2026, 6, 1, 12, tzinfo=UTC)


def on(day: int) -> date:
    """The ``day``-th day from the first of January 2026."""
    return date(2026, 1, 1) + timedelta(days=day - 1)


def at(day: int) -> datetime:
    """The instant at which that day begins."""
    return datetime.combine(on(day), datetime.min.time(), UTC)


class Log:
    """Writes events in the order of its calls; a day of None is undated."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._ids = count(1)

    def created(self, day: int | None, stage: StageId = FIRST, minor: int | None = 100) -> "Log":
        amount = None if minor is None else Money("EUR", minor)
        return self.add(EventKind.CREATED, day, stage_id=stage, owner_id=ANN, amount=amount)

    def moved(self, day: int | None, stage: StageId) -> "Log":
        return self.add(EventKind.STAGE, day, stage_id=stage)

    def worth(self, day: int | None, minor: int) -> "Log":
        return self.add(EventKind.AMOUNT, day, amount=Money("EUR", minor))

    def given(self, day: int | None, owner: PersonId) -> "Log":
        return self.add(EventKind.OWNER, day, owner_id=owner)

    def undone(self, day: int, stage: StageId, move: int) -> "Log":
        """Take the event ``move`` back, to ``stage``."""
        return self.add(EventKind.STAGE, day, stage_id=stage, undoes_id=move)

    def add(
        self,
        kind: EventKind,
        day: int | None,
        *,
        stage_id: StageId | None = None,
        owner_id: PersonId | None = None,
        amount: Money | None = None,
        expected_close_on: date | None = None,
        recorded_at: datetime = RECORDED,
        undoes_id: int | None = None,
    ) -> "Log":
        self.events.append(
            Event(
                id=next(self._ids),
                deal_id=DealId(7),
                kind=kind,
                occurred_at=None if day is None else at(day),
                occurred_on=None if day is None else on(day),
                recorded_at=recorded_at,
                stage_id=stage_id,
                owner_id=owner_id,
                amount=amount,
                expected_close_on=expected_close_on,
                undoes_id=undoes_id,
            )
        )
        return self
