"""The form that says what values mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms.validators import ValidationError

from spm.domain.ids import PersonId, PipelineId
from spm.domain.intake.meanings import Meant
from spm.domain.pipeline.stages import Pipeline
from spm.i18n.words import N_, gettext
from spm.services.intake.values import Candidate, PersonMet, Said, ValuesMet
from spm.web.fields import ChoiceField, Form, LineField

NEW = "new"
_KINDS = {"open": N_("open"), "won": N_("won"), "lost": N_("lost")}


class OtherField(LineField):
    """Somebody who is here, by the line under which he is offered; its value is his number."""

    offered: Mapping[str, PersonId] = {}

    def pre_validate(self, form: object) -> None:
        """Refuse a line that is not offered."""
        super().pre_validate(form)
        if self.data and self.data not in self.offered:
            raise ValidationError(gettext("Choose somebody of the list."))

    @property
    def person_id(self) -> PersonId | None:
        """Who was chosen."""
        return self.offered.get(self.data or "")


class ValuesBase(Form):
    """What each value means; one control per value, named by its place."""

    def said(self, met: ValuesMet, pipeline: Pipeline | None) -> Said:
        """Return what was chosen."""
        people: dict[str, PersonId | None] = {}
        plain: list[str] = []
        for at, one in enumerate(met.people):
            other: Any = self._fields[f"other_{at}"]
            chosen = self._fields[f"person_{at}"].data
            if other.person_id is not None:
                people[one.value] = other.person_id
            elif chosen == NEW:
                people[one.value] = None
            elif chosen:
                people[one.value] = PersonId(int(chosen[1:]))
            else:
                plain.append(one.value)
        outcomes = {
            one.value: str(chosen)
            for at, one in enumerate(met.outcomes)
            if (chosen := self._fields[f"outcome_{at}"].data)
        }
        stages = {
            one.value: self._meant(self._fields[f"stage_{at}"].data, pipeline, met)
            for at, one in enumerate(met.stages)
        }
        return Said(
            None if pipeline is None else PipelineId(pipeline.id), stages, outcomes, people, plain
        )

    @staticmethod
    def _meant(chosen: str | None, pipeline: Pipeline | None, met: ValuesMet) -> Meant:
        if not chosen:
            return Meant()
        if not chosen.startswith("="):
            return Meant(kind=chosen)
        return Meant(stage=_names(pipeline, met)[int(chosen[1:])])


def _names(pipeline: Pipeline | None, met: ValuesMet) -> list[str]:
    """The names of the stages that a value may mean."""
    if pipeline is not None:
        return [stage.name for stage in pipeline.stages]
    own = met.layout.pipeline
    return [stage.name for stage in own.stages] if own else []


def line_of(one: Candidate) -> str:
    """Return the line under which a person is offered; no two have the same."""
    return f"{one.name} · {one.email}" if one.email else f"{one.name} · #{one.id}"


def values_form(
    met: ValuesMet, pipeline: Pipeline | None, people: Sequence[Candidate]
) -> ValuesBase:
    """Return the form, with what is taken for granted so far."""
    fields: dict[str, object] = {}
    data: dict[str, Any] = {}
    names = _names(pipeline, met)
    offered = {line_of(one): one.id for one in people}
    for at, stage in enumerate(met.stages):
        choices = [(f"={place}", name) for place, name in enumerate(names)]
        choices += [
            (kind, gettext("a stage of this name, %(kind)s", kind=gettext(words)))
            for kind, words in _KINDS.items()
        ]
        nothing = gettext("as the file names it: %(kind)s", kind=gettext(_KINDS[stage.kind]))
        fields[f"stage_{at}"] = ChoiceField(
            stage.value, choices=choices, required=False, nothing=nothing
        )
        data[f"stage_{at}"] = _chosen(stage.value, stage.meant, names)
    for at, outcome in enumerate(met.outcomes):
        known = gettext(_KINDS[outcome.outcome]) if outcome.outcome else ""
        nothing = (
            gettext("as known: %(kind)s", kind=known) if known else gettext("not known: refused")
        )
        fields[f"outcome_{at}"] = ChoiceField(
            outcome.value,
            choices=[(kind, gettext(words)) for kind, words in _KINDS.items()],
            required=False,
            nothing=nothing,
        )
        data[f"outcome_{at}"] = outcome.outcome if outcome.is_said else None
    for at, person in enumerate(met.people):
        fields[f"person_{at}"] = ChoiceField(
            person.value, choices=_people(person), required=False, nothing=_as_found(person)
        )
        data[f"person_{at}"] = person.said or None
        fields[f"other_{at}"] = OtherField(
            gettext("Somebody else"), max_length=480, required=False, render_kw={"list": "people"}
        )
    form: ValuesBase = type("ValuesForm", (ValuesBase,), fields)(data=data)
    for at in range(len(met.people)):
        form[f"other_{at}"].offered = offered
    return form


def _chosen(value: str, meant: Meant, names: Sequence[str]) -> str | None:
    wanted = meant.stage or value
    for place, name in enumerate(names):
        if name.casefold() == wanted.casefold():
            return f"={place}"
    return None


def _people(met: PersonMet) -> list[tuple[str, str]]:
    choices = [(NEW, gettext("somebody new of this name"))]
    offered = [*met.suggested]
    if met.found is not None and met.said.startswith("#"):
        offered.insert(0, met.found)
    choices += [(f"#{one.id}", line_of(one)) for one in offered]
    return choices


def _as_found(met: PersonMet) -> str:
    if met.several:
        return gettext("%(count)s have this name: not clear, refused", count=met.several)
    if met.found is None:
        return gettext("nobody yet: made new where that may be")
    if met.said:
        return gettext("as the file says it")
    return gettext("found: %(name)s", name=line_of(met.found))
