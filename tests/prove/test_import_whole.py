"""B5: an import is all or nothing, or reported row by row; the preview is the result; twice is once."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.errors import SpmError
from spm.models.pipeline import DealRow
from spm.services.intake.imports import Options, Outcome
from tests.imports import business, import_set
from tests.prove.figures import report, sized
from tests.prove.test_import_files import MUTATIONS, Mutation, seeds

__all__ = ["seeds"]

HEADER = "Id,Name,OwnerId,StageName,Amount,CreatedDate,CloseDate,IsWon,IsClosed"
STAGES = {"Prospecting": "0,0", "Closed Won": "1,1", "Closed Lost": "0,1"}
FAULTS = (
    "no id",
    "no owner",
    "no such day",
    "no amount",
    "no stage",
    "no flag",
    "short",
    "control",
)
"""What may be wrong with a row; ``""`` is nothing."""
PREVIEW, WHOLE, PLAIN = Options(is_dry_run=True), Options(is_all_or_nothing=True), Options()
SIZES = {"examples": sized(15, 1_000), "mutated": sized(15, 3_000)}


@dataclass(frozen=True)
class Row:
    """A row of the file: a deal, with a fault or none."""

    number: int
    stage: str
    fault: str

    def text(self) -> str:
        key = "" if self.fault == "no id" else f"006{self.number:015d}"
        name = f"Deal {self.number}" + ("\x01" if self.fault == "control" else "")
        owner = "" if self.fault == "no owner" else f"005{self.number % 3:015d}"
        stage = "" if self.fault == "no stage" else self.stage
        amount = "a lot" if self.fault == "no amount" else f"{self.number}.50"
        day = "2026-02-30" if self.fault == "no such day" else "2026-02-28"
        flags = "perhaps,1" if self.fault == "no flag" else STAGES[self.stage]
        cells = f"{key},{name},{owner},{stage},{amount},{day} 08:00:00,2026-03-01,{flags}"
        return cells.rpartition(",")[0] if self.fault == "short" else cells


FILES = st.lists(
    st.tuples(st.sampled_from(sorted(STAGES)), st.sampled_from(("", "", "", *FAULTS))),
    min_size=1,
    max_size=25,
).map(lambda rows: [Row(n, stage, fault) for n, (stage, fault) in enumerate(rows, start=1)])

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Undo what the block does."""
    point = session.begin_nested()
    try:
        yield
    finally:
        if point.is_active:
            point.rollback()
        session.expire_all()


def said(outcome: Outcome) -> tuple[Any, ...]:
    """What an import says that it did, or would do."""
    return outcome.counts(), outcome.refusals, outcome.warnings, outcome.left_out


def held(session: Session, path: Path) -> Outcome:
    """Hold a file to the promise; return what became of it.

    Raises:
        SpmError: It is refused whole.
    """
    before = business(session)
    preview = import_set(session, path, options=PREVIEW)
    assert business(session) == before
    assert not preview.is_loaded

    with undone(session):
        whole = import_set(session, path, options=WHOLE)
        assert whole.is_loaded == (preview.refused == 0)
        assert (business(session) == before) == (not whole.is_loaded or not _wrote(whole))

    outcome = import_set(session, path, options=PLAIN)
    assert outcome.is_loaded
    assert said(outcome) == said(preview)
    after = business(session)

    again = import_set(session, path, options=PLAIN)
    assert business(session) == after
    assert not _wrote(again)
    assert not again.changes
    assert (again.refused, again.refusals) == (outcome.refused, outcome.refusals)
    return outcome


def _wrote(outcome: Outcome) -> int:
    return sum(tally.created + tally.updated for tally in outcome.tallies.values()) + len(
        outcome.notes
    )


@settings(max_examples=SIZES["examples"], deadline=None, suppress_health_check=QUIET)
@given(FILES)
def test_the_good_rows_are_there_and_the_others_are_named(
    session: Session, tmp_path: Path, rows: Sequence[Row]
) -> None:
    """Which rows are good is known here, without asking the product."""
    path = tmp_path / "Opportunity.csv"
    path.write_text("\n".join([HEADER, *(row.text() for row in rows)]) + "\n", "utf-8")
    with undone(session):
        outcome = held(session, path)
        assert sorted(session.scalars(select(DealRow.name))) == sorted(
            f"Deal {row.number}" for row in rows if not row.fault
        )
        bad = [row.number + 1 for row in rows if row.fault]
        assert sorted({issue.line for issue in outcome.refusals}) == bad
        assert outcome.refused == len(bad)


@pytest.mark.shared
@settings(max_examples=SIZES["mutated"], deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, 10**6), st.sampled_from(MUTATIONS), st.integers(0, 2**32))
def test_whatever_is_done_to_a_file_its_preview_is_its_result(
    seeds: list[bytes],
    session: Session,
    tmp_path: Path,
    which: int,
    mutate: Mutation,
    seed: int,
) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(mutate(seeds[which % len(seeds)], random.Random(seed)) or b" ")  # noqa: S311
    before = business(session)
    with undone(session):
        try:
            held(session, path)
        except SpmError:
            session.expire_all()
            assert business(session) == before


def test_the_figures_are_written_down(backend: str) -> None:
    report(f"B5 {backend}", **SIZES, half=0, different_from_the_preview=0, new_the_second_time=0)
