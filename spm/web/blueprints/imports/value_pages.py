"""What the page about values shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from spm.queries.intake.imports import Import
from spm.services.intake.values import Candidate, OutcomeMet, PersonMet, StageMet, ValuesMet
from spm.web.blueprints.imports.value_forms import ValuesBase, line_of


@dataclass(frozen=True, slots=True)
class StageLine:
    """A value of a stage column and the control that says what it means."""

    met: StageMet
    control: object


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """A value of a status column and its control."""

    met: OutcomeMet
    control: object


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A text that names a person, its control, and the one for somebody who is not suggested."""

    met: PersonMet
    control: object
    other: object


@dataclass(frozen=True, slots=True)
class ValuesPage:
    """What the values of an import's files mean.

    Attributes:
        pipelines: Pipelines that the deals may go into: value for the address, name, whether chosen.
        everybody: The lines under which people are offered.
        unclear: How many names lead to several people; ``unknown`` how many lead to nobody.
    """

    import_: Import
    source: str
    title: str
    pipelines: Sequence[tuple[str, str, bool]]
    stages: Sequence[StageLine]
    outcomes: Sequence[OutcomeLine]
    people: Sequence[PersonLine]
    everybody: Sequence[str]
    form: ValuesBase

    @property
    def unclear(self) -> int:
        """How many names lead to several people."""
        return sum(bool(line.met.several) for line in self.people)

    @property
    def unknown(self) -> int:
        """How many names lead to nobody who is here."""
        return sum(line.met.found is None and not line.met.several for line in self.people)


def values_page(
    import_: Import,
    met: ValuesMet,
    form: ValuesBase,
    pipelines: Sequence[tuple[str, str, bool]],
    people: Sequence[Candidate],
) -> ValuesPage:
    """Return the page."""
    return ValuesPage(
        import_,
        met.layout.id,
        met.layout.title,
        pipelines,
        tuple(StageLine(one, form[f"stage_{at}"]) for at, one in enumerate(met.stages)),
        tuple(OutcomeLine(one, form[f"outcome_{at}"]) for at, one in enumerate(met.outcomes)),
        tuple(
            PersonLine(one, form[f"person_{at}"], form[f"other_{at}"])
            for at, one in enumerate(met.people)
        ),
        tuple(line_of(one) for one in people),
        form,
    )
