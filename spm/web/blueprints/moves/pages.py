"""What the pages about proposals to move people show."""

from dataclasses import dataclass

from spm.domain.access import Permission, Subject, may
from spm.domain.moves import MoveState
from spm.queries.moves import NamedMove
from spm.services.work import Work
from spm.web.blueprints.moves.forms import DecideForm, WithdrawForm


@dataclass(frozen=True, slots=True)
class ListPage:
    """The proposals in sight: those that wait, and what became of the others.

    Attributes:
        may_decide: The reader decides on others' proposals.
    """

    waiting: tuple[NamedMove, ...]
    settled: tuple[NamedMove, ...]
    may_decide: bool


@dataclass(frozen=True, slots=True)
class MovePage:
    """One proposal.

    Attributes:
        decide: The form of the decision; None where it is not the reader's, or has been taken.
        withdraw: The form that takes it back; None where it is not the reader's to take back.
        is_late: Its day has passed: approved, it holds from today.
    """

    named: NamedMove
    decide: DecideForm | None
    withdraw: WithdrawForm | None
    is_late: bool


def list_page(work: Work, found: tuple[NamedMove, ...]) -> ListPage:
    """Return the page of all proposals."""
    waiting = tuple(named for named in found if named.move.state is MoveState.OPEN)
    settled = tuple(named for named in found if named.move.state is not MoveState.OPEN)
    return ListPage(waiting, settled, may(work.actor, Permission.MOVES_DECIDE))


def move_page(work: Work, named: NamedMove, form: DecideForm | None = None) -> MovePage:
    """Return the page of a proposal; ``form`` is a decision that was sent and refused."""
    move, subject = named.move, Subject(owner_id=named.move.person_id)
    is_open = move.state is MoveState.OPEN
    decide = withdraw = None
    if is_open and may(work.actor, Permission.MOVES_DECIDE, subject):
        decide = form or DecideForm(formdata=None)
        decide.version.data = move.version
    is_mine = move.proposed_by == work.actor.person_id
    if is_open and is_mine and may(work.actor, Permission.MOVES_PROPOSE, subject):
        withdraw = WithdrawForm(formdata=None)
        withdraw.version.data = move.version
    return MovePage(named, decide, withdraw, is_late=is_open and move.day < work.today)
