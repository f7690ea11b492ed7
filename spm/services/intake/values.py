"""What the values of an import's files mean: what they are taken for, and what somebody says instead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Permission
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import ImportId, PersonId, PipelineId
from spm.domain.intake.layouts import Layout, PipelineLayout, StageLayout, parse
from spm.domain.intake.meanings import (
    Meant,
    means_of,
    meant_by,
    with_outcomes,
    with_people,
    with_stages,
)
from spm.domain.intake.records import HERE, NAME, Reference
from spm.domain.intake.sampling import OUTCOMES, PEOPLE, STAGES
from spm.domain.intake.schema import Kind
from spm.domain.intake.stages import SeenStage, kind_of
from spm.domain.intake.toml import text_of
from spm.domain.intake.words import parse_outcome
from spm.domain.text import fold
from spm.models.intake import ImportRow
from spm.models.organisation import PersonRow
from spm.queries.intake.mappings import tables_of
from spm.queries.pipeline.pipelines import get_pipeline, pipelines
from spm.services.intake.mappings import layout_now, set_layout
from spm.services.intake.references import Ambiguous, References
from spm.services.work import Work

MOST_SUGGESTED = 5
_ALIKE = 0.72
"""So alike are names that are suggested for each other, from 0 to 1."""


class PersonUnknown(Invalid):
    """A text is to mean somebody who is not here; ``value`` is the text."""

    code = "import.person-unknown"


@dataclass(frozen=True, slots=True)
class StageMet:
    """A value of a stage column.

    Attributes:
        meant: What the layout says; nothing of what is taken as the file names it.
        kind: Open, won or lost, where it is taken so.
    """

    value: str
    count: int
    meant: Meant
    kind: str


@dataclass(frozen=True, slots=True)
class OutcomeMet:
    """A value of a status column; ``outcome`` is None where nobody knows it, and its rows are refused."""

    value: str
    count: int
    outcome: str | None
    is_said: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is here and may be meant."""

    id: PersonId
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class PersonMet:
    """A text that names a person.

    Attributes:
        found: Who it leads to as things stand; None where it leads to nobody.
        several: How many have the name, where it is not clear who is meant.
        said: ``""``, ``"new"`` or ``"#"`` and a number, as somebody said before.
        suggested: Who else may be meant, the likeliest first.
    """

    value: str
    count: int
    found: Candidate | None
    several: int
    said: str
    suggested: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ValuesMet:
    """The values of the files of one source that may need a word.

    Attributes:
        pipeline_id: The pipeline here that its deals go into by name; None for one of its own.
        is_ambiguous: Some names lead to several people.
    """

    layout: Layout
    pipeline_id: PipelineId | None
    stages: tuple[StageMet, ...]
    outcomes: tuple[OutcomeMet, ...]
    people: tuple[PersonMet, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Whether some names lead to several people."""
        return any(one.several for one in self.people)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says: value → meaning; what is not named stays as it is.

    Attributes:
        pipeline_id: The pipeline here that deals go into; None for the files' own.
        people: Text → the person's number here, or None for somebody new; texts that are to be read as
            they stand are in ``plain``.
    """

    pipeline_id: PipelineId | None
    stages: Mapping[str, Meant]
    outcomes: Mapping[str, str]
    people: Mapping[str, PersonId | None]
    plain: Sequence[str] = ()


def values_of(work: Work, import_id: ImportId, source: str) -> ValuesMet:
    """Return the values of an import's files of a source, with what they are taken for.

    Where no source is named, of the first that there is.

    Raises:
        NotFound: There is no such import, or none of its files is of the source.
    """
    row = work.session.get(ImportRow, import_id)
    if row is None:
        raise NotFound(what="import", id=import_id)
    tables = tables_of(work.session, import_id)
    source = source or next((table.layout for table in tables if table.layout), "")
    layout = layout_now(work.session, row, source)
    met = _met(work.session, import_id, source)
    return ValuesMet(
        layout,
        _pipeline_id(work.session, layout),
        tuple(_stage(layout, value, count) for value, count in met[STAGES].items()),
        tuple(_outcome(layout, value, count) for value, count in met[OUTCOMES].items()),
        tuple(_people(work.session, layout, met[PEOPLE])),
    )


def _met(session: Session, import_id: ImportId, source: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {STAGES: {}, OUTCOMES: {}, PEOPLE: {}}
    for table in tables_of(session, import_id):
        if table.layout == source:
            for what, values in table.values.items():
                for text, count in values:
                    found[what][text] = found[what].get(text, 0) + count
    return found


def _pipeline_id(session: Session, layout: Layout) -> PipelineId | None:
    if layout.pipeline is None or not layout.pipeline.joins:
        return None
    name = fold(layout.pipeline.name)
    return next((one.id for one in pipelines(session) if fold(one.name) == name), None)


def _stage(layout: Layout, value: str, count: int) -> StageMet:
    meant = meant_by(layout, value)
    if meant.stage is not None and layout.pipeline is not None:
        listed = next(one for one in layout.pipeline.stages if one.name == meant.stage)
        return StageMet(value, count, meant, listed.kind)
    kind = "open"
    if layout.pipeline is not None:
        kind = kind_of(layout.pipeline, SeenStage("", value, ("", 0, "")))
    return StageMet(value, count, meant, kind)


def _outcome(layout: Layout, value: str, count: int) -> OutcomeMet:
    means = {fold(text): ours for text, ours in means_of(layout, OUTCOMES)[0].items()}
    said = means.get(fold(value))
    try:
        return OutcomeMet(value, count, parse_outcome(said or value), said is not None)
    except Invalid:
        return OutcomeMet(value, count, None, said is not None)


def _people(session: Session, layout: Layout, met: Mapping[str, int]) -> Sequence[PersonMet]:
    if not met:
        return ()
    refs = References(session, layout.id)
    everybody = {one.id: one for one in candidates(session)}
    means, new = means_of(layout, PEOPLE)
    said = {fold(text): ours for text, ours in means.items()}
    fresh = set(map(fold, new))
    found = []
    for value, count in met.items():
        meant = said.get(fold(value), "")
        several, person_id = 0, None
        try:
            one = refs.resolve(_reference(meant or value, is_new=fold(value) in fresh))
            person_id = PersonId(one.object_id) if one is not None else None
        except Ambiguous as error:
            several = error.count
        here = everybody.get(person_id) if person_id is not None else None
        found.append(
            PersonMet(
                value,
                count,
                here,
                several,
                "new" if fold(value) in fresh else f"#{person_id}" if meant and person_id else "",
                _suggested(value, everybody.values(), person_id),
            )
        )
    found.sort(key=lambda one: (not one.several, one.found is not None, -one.count))
    return found


def candidates(session: Session) -> tuple[Candidate, ...]:
    """Return everybody who is here, by name."""
    rows = session.execute(
        select(PersonRow.id, PersonRow.name, PersonRow.email).order_by(
            PersonRow.name_key, PersonRow.id
        )
    )
    return tuple(Candidate(PersonId(row.id), row.name, row.email) for row in rows)


def _reference(text: str, *, is_new: bool) -> Reference:
    if text.startswith("#") and text[1:].isdecimal() and text.isascii():
        return Reference(Kind.PERSON, HERE, text[1:], "")
    return Reference(Kind.PERSON, NAME, text, "", is_new=is_new)


def _suggested(
    value: str, people: Iterable[Candidate], but: PersonId | None
) -> tuple[Candidate, ...]:
    """Return who may be meant by a text: people of a like name or address, the likest first."""
    wanted = _parts(value)
    scored = []
    for one in people:
        if one.id == but:
            continue
        score = _alike(wanted, _parts(one.name))
        if one.email:
            score = max(score, _alike(wanted, _parts(one.email.partition("@")[0])))
        if score >= _ALIKE:
            scored.append((-score, one.name, one.id, one))
    return tuple(one for *_, one in sorted(scored, key=lambda item: item[:3])[:MOST_SUGGESTED])


def _parts(text: str) -> tuple[str, ...]:
    plain = fold(text.partition("@")[0]).replace(".", " ").replace(",", " ").replace("_", " ")
    return tuple(sorted(plain.replace("-", " ").split()))


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return how alike two names are, from 0 to 1, whatever order their parts stand in.

    An initial is as good as nine tenths of the name that it begins.
    """
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if len(one) == len(other) and all(
        a == b or (min(len(a), len(b)) == 1 and a[0] == b[0])
        for a, b in zip(one, other, strict=True)
    ):
        return 0.9
    return SequenceMatcher(None, " ".join(one), " ".join(other)).ratio()


def say_values(work: Work, row: ImportRow, source: str, said: Said) -> None:
    """Let the values of an import's files of a source mean what was said.

    Args:
        work: The unit of work.
        row: The import, locked.
        source: Of which files.
        said: What was said.

    Raises:
        Forbidden: The actor may not.
        Invalid: A stage, a person or a pipeline is none; or no stage is won.
    """
    work.require(Permission.IMPORTS_MAP)
    session = work.session
    layout = layout_now(session, row, source)
    pipeline = None if said.pipeline_id is None else _as_layout(session, layout, said.pipeline_id)
    if pipeline is None and layout.pipeline is not None and layout.pipeline.joins:
        layout = replace(layout, pipeline=replace(layout.pipeline, joins=False))
    layout = with_stages(layout, pipeline, said.stages)
    layout = with_outcomes(layout, said.outcomes)
    layout = _with_people(session, layout, said)
    parse(text_of(layout), "mapping")
    set_layout(row, layout)
    work.record(
        Permission.IMPORTS_MAP,
        f"import:{row.id}",
        after={
            "source": source,
            "pipeline": layout.pipeline.name if layout.pipeline else None,
            "stages": {
                value: what.stage or what.kind or None for value, what in said.stages.items()
            },
            "outcomes": dict(said.outcomes),
            "people": dict(said.people),
        },
    )


def _as_layout(session: Session, layout: Layout, pipeline_id: PipelineId) -> PipelineLayout:
    """Return a pipeline that is here, as a layout names one."""
    found = get_pipeline(session, pipeline_id)
    stages = tuple(
        StageLayout(one.name, one.kind.value, one.probability_bp, one.expected_days)
        for one in found.stages
    )
    mine = layout.pipeline
    known = {fold(one.name): one for one in mine.stages} if mine else {}
    stages = tuple(
        replace(
            one,
            spellings=known[fold(one.name)].spellings if fold(one.name) in known else (),
        )
        for one in stages
    )
    return PipelineLayout(found.name, stages, None, takes_other_stages=True)


def _with_people(session: Session, layout: Layout, said: Said) -> Layout:
    """Return a layout in which texts mean people, by e-mail address where they have one."""
    means, new = means_of(layout, PEOPLE)
    touched = {fold(text) for text in (*said.people, *said.plain)}
    kept_new = [text for text in new if fold(text) not in touched]
    meant = {text: ours for text, ours in means.items() if fold(text) not in touched}
    for text, person_id in said.people.items():
        if person_id is None:
            kept_new.append(text)
            continue
        person = session.get(PersonRow, person_id)
        if person is None:
            raise PersonUnknown(value=text)
        meant[text] = person.email or f"#{person_id}"
    return with_people(_without(layout, said.plain), meant, kept_new)


def _without(layout: Layout, texts: Sequence[str]) -> Layout:
    """Return a layout that says nothing of some texts any more."""
    gone = set(map(fold, texts))
    return replace(
        layout,
        tables=tuple(
            replace(
                table,
                columns=tuple(
                    replace(
                        column,
                        means={t: o for t, o in column.means.items() if fold(t) not in gone},
                    )
                    if column.new or column.means
                    else column
                    for column in table.columns
                ),
            )
            for table in layout.tables
        ),
    )
