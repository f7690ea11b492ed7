"""Forms of proposals to move people."""

from collections.abc import Sequence

from spm.domain.ids import PersonId, TeamId
from spm.domain.moves import Place
from spm.i18n.words import N_
from spm.web.fields import BlockField, DateField, Form, IdField

WORDS_LENGTH = 2_000
"""Characters of a reason, and of an answer."""


class ProposeForm(Form):
    """To where, from which day on, and why."""

    team = IdField(N_("To the team"), required=False, nothing=N_("As it is"))
    manager = IdField(N_("To report to"), required=False, nothing=N_("As it is"))
    day = DateField(N_("From"), hint=N_("It holds from the start of this day, if it is approved."))
    reason = BlockField(
        N_("Reason"),
        max_length=WORDS_LENGTH,
        hint=N_("For whoever decides; the person does not see it."),
    )

    def offer(
        self, teams: Sequence[tuple[TeamId, str]], managers: Sequence[tuple[PersonId, str]]
    ) -> None:
        """Fill in what there is to choose from."""
        self.team.choices, self.manager.choices = list(teams), list(managers)

    def place(self) -> Place:
        """Return where the person is to be; None for what is to stay."""
        team, manager = self.team.data, self.manager.data
        return Place(
            None if team is None else TeamId(team), None if manager is None else PersonId(manager)
        )


class DecideForm(Form):
    """What is said with a decision."""

    words = BlockField(
        N_("Answer"),
        required=False,
        max_length=WORDS_LENGTH,
        hint=N_("For whoever proposed it; needed where it is declined."),
    )


class WithdrawForm(Form):
    """Nothing but the version."""
