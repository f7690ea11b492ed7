"""Sessions: ending those of a person, so that a cookie that was kept is worth nothing."""

from sqlalchemy import delete

from spm.domain.ids import PersonId
from spm.models.identity import SignInRow
from spm.services.work import Work


def end_sessions(work: Work, person_id: PersonId, *, but: str | None = None) -> int:
    """End a person's sessions; return how many there were.

    Args:
        work: The unit of work.
        person_id: Whose.
        but: Digest of the token of a session that stays.
    """
    ended = delete(SignInRow).where(SignInRow.person_id == person_id)
    if but is not None:
        ended = ended.where(SignInRow.token_digest != but)
    return len(work.session.execute(ended.returning(SignInRow.token_digest)).all())
