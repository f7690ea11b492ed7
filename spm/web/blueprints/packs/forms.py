"""Forms of review packs."""

from datetime import date

from spm.domain.packs.content import Decision
from spm.domain.targets.target import Owner
from spm.i18n.words import LANGUAGES, N_
from spm.reports.document import Paper
from spm.services.packs import COMMENT_LENGTH
from spm.services.work import Work
from spm.web.fields import (
    BlockField,
    ChoiceField,
    DateField,
    Form,
    IdField,
    LineField,
    PeriodField,
)

PAPERS = ((Paper.A4.value, "A4"), (Paper.LETTER.value, "Letter"))
LANGUAGE_CHOICES = tuple(LANGUAGES.items())


class IssueForm(Form):
    """Whose pack, for when, as of when, and what was decided."""

    person_id = IdField(N_("Person"), required=False, nothing=N_("Nobody"))
    team_id = IdField(
        N_("Or a team"),
        required=False,
        nothing=N_("No team"),
        hint=N_("The team's own pack: its figures, and who makes them up."),
    )
    period = PeriodField(N_("Period"), hint=N_("2026-Q4, 2026-11, FY2027-Q1"))
    as_of = DateField(
        N_("As of"),
        required=False,
        hint=N_("What is dated later does not count. The end of today or of the period if empty."),
    )
    language = ChoiceField(N_("Language"))
    paper = ChoiceField(N_("Paper"))
    first_words = LineField(N_("Decision"), required=False, max_length=400)
    first_owner = LineField(N_("Owner"), required=False, max_length=120)
    first_due_on = DateField(N_("By when"), required=False)
    second_words = LineField(N_("Decision"), required=False, max_length=400)
    second_owner = LineField(N_("Owner"), required=False, max_length=120)
    second_due_on = DateField(N_("By when"), required=False)
    third_words = LineField(N_("Decision"), required=False, max_length=400)
    third_owner = LineField(N_("Owner"), required=False, max_length=120)
    third_due_on = DateField(N_("By when"), required=False)

    def offer(
        self, people: tuple[tuple[int, str], ...], teams: tuple[tuple[int, str], ...]
    ) -> None:
        """Fill the choices: people and teams whose packs the reader issues; no team, no field."""
        self.person_id.choices = list(people)
        if teams:
            self.team_id.choices = list(teams)
        else:
            del self.team_id
            self.person_id.required = self.person_id.flags.required = True
        self.language.choices = list(LANGUAGE_CHOICES)
        self.paper.choices = list(PAPERS)

    @property
    def owner(self) -> Owner | None:
        """Whose pack it is to be; None where neither or both are chosen."""
        person, team = self.person_id.data, self.team_id.data if "team_id" in self else None
        if (person is None) == (team is None):
            return None
        return Owner(person_id=person) if team is None else Owner(team_id=team)

    @property
    def rows(self) -> tuple[tuple[LineField, LineField, DateField], ...]:
        """The fields of each decision: what, who, until when."""
        return (
            (self.first_words, self.first_owner, self.first_due_on),
            (self.second_words, self.second_owner, self.second_due_on),
            (self.third_words, self.third_owner, self.third_due_on),
        )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions that say something."""
        found = ((words.data, owner.data, due_on.data) for words, owner, due_on in self.rows)
        return tuple(
            Decision(str(words), str(owner), due_on if isinstance(due_on, date) else None)
            for words, owner, due_on in found
            if words
        )


class RunForm(Form):
    """Whose packs in one go, for when, as of when."""

    team_id = IdField(
        N_("Team"),
        required=False,
        nothing=N_("Everybody"),
        hint=N_("With the teams below it, a pack each."),
    )
    period = PeriodField(N_("Period"), hint=N_("2026-Q4, 2026-11, FY2027-Q1"))
    as_of = DateField(
        N_("As of"),
        required=False,
        hint=N_("What is dated later does not count. The end of today or of the period if empty."),
    )
    language = ChoiceField(N_("Language"))
    paper = ChoiceField(N_("Paper"))

    def offer(self, teams: tuple[tuple[int, str], ...]) -> None:
        """Fill the choices; `teams` are those that the reader can ask for."""
        self.team_id.choices = list(teams)
        self.language.choices = list(LANGUAGE_CHOICES)
        self.paper.choices = list(PAPERS)


class SignOffForm(Form):
    """What one says on having read a pack."""

    comment = BlockField(
        N_("Comment"),
        required=False,
        max_length=COMMENT_LENGTH,
        hint=N_("Acknowledging says that you have read this pack, not that you agree with it."),
    )


def issue_form(
    work: Work,
    people: tuple[tuple[int, str], ...],
    teams: tuple[tuple[int, str], ...],
    **given: object,
) -> IssueForm:
    """Return the form with what the address gave."""
    form = IssueForm(data=given, fiscal_start=work.organisation.fiscal_start)
    form.offer(people, teams)
    return form


def run_form(work: Work, teams: tuple[tuple[int, str], ...], **given: object) -> RunForm:
    """Return the form of a run with what the address gave."""
    form = RunForm(data=given, fiscal_start=work.organisation.fiscal_start)
    form.offer(teams)
    return form
