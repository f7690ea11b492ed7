"""Names of teams, offices, regions and territories: one line, and one thing of each name."""

from typing import TypeVar

from sqlalchemy import select

from spm.adapters.database import LOCK
from spm.domain.errors import NotFound
from spm.domain.organisation import NameMissing, NameTaken
from spm.domain.text import clean_line, fold
from spm.models.organisation import OfficeRow, RegionRow, TeamRow, TerritoryRow
from spm.services.work import Work

NAME_LENGTH = 120

Named = TypeVar("Named", TeamRow, OfficeRow, RegionRow, TerritoryRow)


def clean_name(name: str) -> tuple[str, str]:
    """Return a name and the key under which it is unique.

    Raises:
        NameMissing: Nothing of it is visible.
    """
    clean = clean_line(name, NAME_LENGTH, "name")
    if not clean:
        raise NameMissing(field="name")
    return clean, fold(clean)


def reference(kind: str, thing_id: int | None) -> str | None:
    """Return how the log names a thing that another refers to: ``team:3``; None for none."""
    return None if thing_id is None else f"{kind}:{thing_id}"


def refuse_taken(work: Work, kind: type[Named], key: str, but: int | None = None) -> None:
    """Let pass a name that no other thing of this kind has.

    Raises:
        NameTaken: One has it.
    """
    taken = work.session.scalar(select(kind.id).where(kind.name_key == key))
    if taken is not None and taken != but:
        raise NameTaken(field="name")


def lock_named(work: Work, kind: type[Named], thing_id: int) -> Named:
    """Return a row, locked until the unit ends.

    Raises:
        NotFound: There is none of that id.
    """
    row = work.session.scalar(select(kind).where(kind.id == thing_id).with_for_update(**LOCK))
    if row is None:
        raise NotFound(what=kind.__tablename__, id=thing_id)
    return row
