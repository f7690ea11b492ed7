"""The life of a target."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from spm.domain.targets.state import (
    AlreadyAccepted,
    AlreadyObjected,
    NothingRevised,
    Standing,
    Superseded,
    TargetState,
    WordsMissing,
    accept,
    object_to,
    revise,
)

NOW = datetime(2026, 11, 2, tzinfo=UTC)
OPEN = Standing(TargetState.SET, 1, Decimal(100), "Last year plus a tenth")
ACCEPTED = replace(OPEN, state=TargetState.ACCEPTED, answered_at=NOW)
OBJECTED = replace(OPEN, state=TargetState.OBJECTED, answered_at=NOW)


def test_an_open_target_is_accepted_also_after_an_objection() -> None:
    assert accept(OPEN, 1) is TargetState.ACCEPTED
    assert accept(OBJECTED, 1) is TargetState.ACCEPTED


def test_it_is_accepted_once() -> None:
    with pytest.raises(AlreadyAccepted) as refused:
        accept(ACCEPTED, 1)
    assert refused.value.facts == {"at": NOW}
    with pytest.raises(AlreadyAccepted):
        object_to(ACCEPTED, 1, "too much")


def test_an_objection_has_words_and_comes_once() -> None:
    assert object_to(OPEN, 1, "Two of my accounts left") is TargetState.OBJECTED
    with pytest.raises(WordsMissing):
        object_to(OPEN, 1, "  ")
    with pytest.raises(AlreadyObjected):
        object_to(OBJECTED, 1, "again")


@pytest.mark.parametrize("standing", [OPEN, ACCEPTED, OBJECTED])
def test_a_revision_opens_it_again(standing: Standing) -> None:
    assert revise(standing, 1, Decimal(90), "Two accounts left", "Objection") is TargetState.SET


@pytest.mark.parametrize(("rationale", "reason"), [("", "why"), ("why", " ")])
def test_a_revision_says_why(rationale: str, reason: str) -> None:
    with pytest.raises(WordsMissing):
        revise(OPEN, 1, Decimal(90), rationale, reason)


def test_a_revision_changes_something() -> None:
    with pytest.raises(NothingRevised):
        revise(OPEN, 1, OPEN.value, OPEN.rationale, "no change")
    assert revise(OPEN, 1, OPEN.value, "Said better", "wording") is TargetState.SET


def test_what_was_revised_meanwhile_is_neither_answered_nor_revised() -> None:
    later = replace(OPEN, revision=2)
    with pytest.raises(Superseded) as refused:
        accept(later, 1)
    assert refused.value.facts == {"revision": 2}
    with pytest.raises(Superseded):
        object_to(later, 1, "words")
    with pytest.raises(Superseded):
        revise(later, 1, Decimal(1), "why", "why")
