"""One effect for one form, however often it is sent."""

from dataclasses import dataclass

from sqlalchemy import select

from spm.domain.errors import Invalid
from spm.models.once import OnceRow
from spm.services.work import Work

LONGEST_TOKEN = 64


class TokenUsedOtherwise(Invalid):
    """The token of a form came back with other contents, or from somebody else."""

    code = "once.used-otherwise"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a form was answered with."""

    status: int
    location: str | None


def find_answer(work: Work, token: str, endpoint: str, body_digest: str) -> Answer | None:
    """Return the answer that a form got when it first came, None when this is the first time.

    Raises:
        TokenUsedOtherwise: The token belongs to another form, body or person.
    """
    if len(token) > LONGEST_TOKEN:
        raise TokenUsedOtherwise
    row = work.session.scalar(select(OnceRow).where(OnceRow.token == token))
    if row is None:
        return None
    if (row.person_id, row.endpoint, row.body_digest) != (
        work.actor.person_id,
        endpoint,
        body_digest,
    ):
        raise TokenUsedOtherwise
    return Answer(row.status, row.location)


def claim(work: Work, token: str, endpoint: str, body_digest: str) -> None:
    """Take the token for this unit; a second taker waits for the first and then fails.

    Raises:
        IntegrityError: Another unit took it and has been committed.
    """
    work.session.add(
        OnceRow(
            token=token,
            person_id=work.actor.person_id,
            endpoint=endpoint,
            body_digest=body_digest,
            status=204,
            location=None,
            at=work.now,
        )
    )
    work.session.flush()


def keep_answer(work: Work, token: str, status: int, location: str | None) -> None:
    """Keep the answer, in the transaction of its effect."""
    row = work.session.get_one(OnceRow, token)
    row.status, row.location = status, location
