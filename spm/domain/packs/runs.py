"""Runs: the packs of a whole team, or of everybody, asked for in one go."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from spm.domain.access import Subject
from spm.domain.ids import PackId, PackRunId, PersonId, TeamId
from spm.domain.targets.target import Owner

KEPT_FOR = timedelta(hours=24)
"""A finished file is kept no longer."""


@dataclass(frozen=True, slots=True)
class RunItem:
    """One pack of a run.

    Attributes:
        owner: Whose pack.
        name: The person's or team's name.
        pack_id: The pack, once it is issued.
        number: Its number.
        refused: Code of why there is none; empty while there is none yet, or where there is one.
        is_done: Whether it was tried.
    """

    id: int
    owner: Owner
    name: str
    pack_id: PackId | None
    number: str
    refused: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class PackRun:
    """What was asked for, and what came of it.

    Attributes:
        team_id: Whose people and teams; None for everybody.
        team: The team's name; empty for everybody.
        file: Name under which the finished ZIP is kept; None before, and once it is gone.
        finished_at: When it was finished; None before.
    """

    id: PackRunId
    team_id: TeamId | None
    team: str
    start: date
    end: date
    as_of: datetime
    language: str
    paper: str
    asked_by: PersonId | None
    asked_at: datetime
    file: str | None
    size: int | None
    finished_at: datetime | None
    items: tuple[RunItem, ...]

    @property
    def key(self) -> str:
        """The key of the work that makes it."""
        return f"packs.run:{self.id}"

    @property
    def subject(self) -> Subject:
        """What the rules of access ask: it is its asker's."""
        return Subject(owner_id=self.asked_by)

    def has_file(self, now: datetime) -> bool:
        """Whether the file can still be had."""
        return (
            self.file is not None
            and self.finished_at is not None
            and now < self.finished_at + KEPT_FOR
        )
