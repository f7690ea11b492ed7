"""The life of a target: set, then accepted or objected to, then perhaps revised."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from spm.domain.errors import Conflict, Invalid


class TargetState(StrEnum):
    """Where the present revision of a target stands.

    ``SET`` waits for its owner; ``ACCEPTED`` and ``OBJECTED`` are the owner's
    answer. A revision makes it ``SET`` again; earlier revisions and what was
    said about them stay on record.
    """

    SET = "set"
    ACCEPTED = "accepted"
    OBJECTED = "objected"


class AnswerKind(StrEnum):
    """What was said about a target."""

    ACCEPT = "accept"
    OBJECT = "object"
    COMMENT = "comment"


class AlreadyAccepted(Conflict):
    """The owner agreed to this version before."""

    code = "targets.already-accepted"


class AlreadyObjected(Conflict):
    """The owner objected to this version before; more can be said as a comment."""

    code = "targets.already-objected"


class Superseded(Conflict):
    """The target was revised since it was read; ``revision`` is the present one."""

    code = "targets.superseded"


class WordsMissing(Invalid):
    """An objection, a comment and a revision need words."""

    code = "targets.words-missing"


class NothingRevised(Invalid):
    """The revision is the same as what it revises."""

    code = "targets.nothing-revised"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules of a target's life ask of it.

    Attributes:
        state: The answer to the present revision.
        revision: Counts the values that were set, from 1.
        value: As it is now.
        rationale: Why this value.
        answered_at: When the owner answered the present revision.
    """

    state: TargetState
    revision: int
    value: Decimal
    rationale: str
    answered_at: datetime | None = None


def accept(standing: Standing, revision: int) -> TargetState:
    """Return the state after the owner agrees to ``revision``, also after an objection.

    Raises:
        Superseded: It is not the present one.
        AlreadyAccepted: The owner agreed earlier.
    """
    _answerable(standing, revision)
    return TargetState.ACCEPTED


def object_to(standing: Standing, revision: int, words: str) -> TargetState:
    """Return the state after the owner objects to ``revision`` with ``words``.

    Raises:
        Superseded: It is not the present one.
        AlreadyAccepted: Who has agreed does not object; a revision reopens it.
        AlreadyObjected: Once is enough; more can be said as a comment.
        WordsMissing: Without words.
    """
    _answerable(standing, revision)
    if standing.state is TargetState.OBJECTED:
        raise AlreadyObjected(at=standing.answered_at)
    require_words(words, "words")
    return TargetState.OBJECTED


def revise(
    standing: Standing, revision: int, value: Decimal, rationale: str, reason: str
) -> TargetState:
    """Return the state of the revision that follows ``revision``.

    Raises:
        Superseded: It is not the present one.
        WordsMissing: Without a reason or a rationale.
        NothingRevised: Neither the value nor the rationale differs.
    """
    if revision != standing.revision:
        raise Superseded(revision=standing.revision)
    require_words(rationale, "rationale")
    require_words(reason, "reason")
    if value == standing.value and rationale == standing.rationale:
        raise NothingRevised(field="value")
    return TargetState.SET


def require_words(words: str, field: str) -> None:
    """Let pass what says something.

    Raises:
        WordsMissing: ``words`` is blank.
    """
    if not words.strip():
        raise WordsMissing(field=field)


def _answerable(standing: Standing, revision: int) -> None:
    if revision != standing.revision:
        raise Superseded(revision=standing.revision)
    if standing.state is TargetState.ACCEPTED:
        raise AlreadyAccepted(at=standing.answered_at)
