"""The stages that a source's deals may be in: those that its layout lists, and those that its files name.

A CRM's stages are each organisation's own. A layout lists the usual ones; where it takes others too,
what the files name is made into stages: open, won or lost by what the rows say, else by their words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from spm.domain.intake.layouts import PipelineLayout, StageLayout
from spm.domain.text import fold, squeeze

MOST_STAGES = 100
"""A pipeline has no more; a column with more names than this is not one of stages."""
_NUMBERED = re.compile(r"\W*([0-9]{1,3})(?![0-9])")
_WHOLE = 10_000
_REMEMBERED = 10_000


NOWHERE = ("", 0, "")
"""Where a stage was met that no file of this import names: it is known from before."""


@dataclass(slots=True)
class SeenStage:
    """A stage that files name, in the order in which it was first met.

    Attributes:
        outcomes: What rows in it are: open, won, lost.
        orders: Places that the files give it.
        chances: Probabilities, in per cent, of its open deals.
        where: File, line and column of its first mention.
        kind: What it is, where that is known from before.
    """

    pipeline: str
    name: str
    where: tuple[str, int, str]
    outcomes: set[str] = field(default_factory=set)
    orders: list[Decimal] = field(default_factory=list)
    chances: list[Decimal] = field(default_factory=list)
    kind: str = ""

    def take(self, other: "SeenStage") -> None:
        """Take in what another file says of the same stage."""
        self.outcomes |= other.outcomes
        self.orders += other.orders
        self.chances += other.chances
        self.kind = self.kind or other.kind


@dataclass(frozen=True, slots=True)
class StageBook:
    """Every pipeline of a source with its stages.

    Attributes:
        base: As the layout says.
        pipelines: Name, folded → pipeline, the stages in order.
        added: Stages that no layout lists, with what was made of them.
    """

    base: PipelineLayout
    pipelines: Mapping[str, PipelineLayout]
    spellings: Mapping[tuple[str, str], StageLayout]
    added: tuple[tuple[SeenStage, StageLayout], ...] = ()
    _found: dict[tuple[str, str], StageLayout | None] = field(default_factory=dict, compare=False)
    _named: dict[str | None, PipelineLayout | None] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, base: PipelineLayout, seen: Iterable[SeenStage] = ()) -> "StageBook":
        """Return the pipelines of a layout, completed by what its files name."""
        groups: dict[str, dict[str, SeenStage]] = {fold(base.name): {}}
        names = {fold(base.name): base.name}
        for one in seen if base.takes_other_stages else ():
            name = one.pipeline or base.name
            names.setdefault(fold(name), name)
            group = groups.setdefault(fold(name), {})
            first = group.setdefault(_spelled(one.name), one)
            if first is not one:
                first.take(one)
        pipelines: dict[str, PipelineLayout] = {}
        spellings: dict[tuple[str, str], StageLayout] = {}
        added: list[tuple[SeenStage, StageLayout]] = []
        for key, met in groups.items():
            pipeline, new = _completed(replace(base, name=names[key]), list(met.values()))
            pipelines[key] = _with_all_kinds(pipeline)
            added += new
            for stage in reversed(pipelines[key].stages):
                for word in (*stage.spellings, stage.name):
                    spellings[key, _spelled(word)] = stage
        return cls(base, pipelines, spellings, tuple(added))

    def pipeline(self, name: str | None) -> PipelineLayout | None:
        """Return a pipeline by its name, the layout's own where none is given; None if unknown."""
        if name not in self._named:
            found = self.pipelines.get(fold(name)) if name else None
            if found is None and not (name and self.base.takes_other_stages):
                found = self.pipelines[fold(self.base.name)]
            if len(self._named) >= _REMEMBERED:
                return found
            self._named[name] = found
        return self._named[name]

    def is_base(self, pipeline: PipelineLayout) -> bool:
        """Return whether a pipeline is the layout's own."""
        return pipeline.name == self.base.name or fold(pipeline.name) == fold(self.base.name)

    def stage(self, pipeline: PipelineLayout, said: str) -> StageLayout | None:
        """Return the stage that a cell names; None if there is none."""
        key = (pipeline.name, said)
        if key not in self._found:
            found = self.spellings.get((fold(pipeline.name), _spelled(said)))
            if len(self._found) >= _REMEMBERED:
                return found
            self._found[key] = found
        return self._found[key]


def _spelled(name: str) -> str:
    return squeeze(name) or fold(name)


def first_of(pipeline: PipelineLayout, kind: str) -> StageLayout:
    """Return the first stage of a kind; of open ones the one in which deals begin.

    Raises:
        LookupError: There is none of that kind; in the pipelines of a ``StageBook`` there is.
    """
    for stage in pipeline.stages:
        if stage.kind == kind and (kind != "open" or pipeline.begins_in in {None, stage.name}):
            return stage
    raise LookupError(kind)


_OTHERWISE = (
    StageLayout("Open", "open", _WHOLE // 2, None),
    StageLayout("Won", "won", _WHOLE, None),
    StageLayout("Lost", "lost", 0, None),
)


def _with_all_kinds(pipeline: PipelineLayout) -> PipelineLayout:
    """Return a pipeline in which a deal can be open, won and lost, whatever its files named."""
    kinds = {stage.kind for stage in pipeline.stages}
    opens, *ends = (stage for stage in _OTHERWISE)
    first = () if "open" in kinds else (opens,)
    return replace(
        pipeline,
        stages=(*first, *pipeline.stages, *(end for end in ends if end.kind not in kinds)),
    )


def _completed(
    base: PipelineLayout, seen: Sequence[SeenStage]
) -> tuple[PipelineLayout, list[tuple[SeenStage, StageLayout]]]:
    """Return a pipeline with the stages that files name, and those among them that are new."""
    if not base.takes_other_stages:
        return base, []
    listed = {_spelled(word): s for s in base.stages for word in (s.name, *s.spellings)}
    known = {listed[_spelled(one.name)].name for one in seen if _spelled(one.name) in listed}
    others = [one for one in seen if _spelled(one.name) not in listed][:MOST_STAGES]
    kinds = {one.name: kind_of(base, one) for one in others}
    is_standard = not others or any(s.kind == "open" and s.name in known for s in base.stages)
    kept = [s for s in base.stages if s.kind != "open" or is_standard]
    fresh = [one for one in others if kinds[one.name] == "open"]
    if not is_standard and not fresh:
        kept = list(base.stages)
    opens = [s for s in kept if s.kind == "open"]
    made = {
        one.name: StageLayout(one.name, "open", _chance(one, place, len(fresh)), None)
        for place, one in enumerate(_ordered(fresh), 1)
    }
    closed = {
        one.name: StageLayout(one.name, kinds[one.name], _CLOSED[kinds[one.name]], None)
        for one in others
        if one.name not in made
    }
    ends = [s for s in kept if s.kind != "open"]
    stages = (*opens, *made.values(), *ends, *closed.values())
    begins_in = base.begins_in if any(s.name == base.begins_in for s in stages) else None
    new = [(one, {**made, **closed}[one.name]) for one in others]
    return replace(base, stages=stages, begins_in=begins_in), new


_CLOSED = {"won": _WHOLE, "lost": 0}


def kind_of(base: PipelineLayout, seen: SeenStage) -> str:
    """Return whether a stage that no layout lists is open, won or lost.

    What all its rows agree on is true of it; a stage that deals stay in when they are decided is
    open. Where no column says anything, its own words do.
    """
    if seen.kind:
        return seen.kind
    if seen.outcomes:
        return next(iter(seen.outcomes)) if len(seen.outcomes) == 1 else "open"
    words = " ".join(("", *re.findall(r"[^\W_]+", fold(seen.name)), ""))
    for kind, signs in (("lost", base.lost_words), ("won", base.won_words)):
        if any(f" {fold(sign)} " in words for sign in signs):
            return kind
    return "open"


def _ordered(seen: Sequence[SeenStage]) -> list[SeenStage]:
    """Put open stages in order: by the places that files give, their numbers, or their chances."""
    for place in (_given, _number, _mean):
        places = [place(one) for one in seen]
        if seen and all(found is not None for found in places):
            order = sorted(range(len(seen)), key=lambda at: (places[at] or Decimal(0), at))
            return [seen[at] for at in order]
    return list(seen)


def _given(seen: SeenStage) -> Decimal | None:
    return min(seen.orders, default=None)


def _number(seen: SeenStage) -> Decimal | None:
    match = _NUMBERED.match(seen.name)
    return Decimal(match[1]) if match else None


def _mean(seen: SeenStage) -> Decimal | None:
    return sum(seen.chances, Decimal(0)) / len(seen.chances) if seen.chances else None


def _chance(seen: SeenStage, place: int, count: int) -> int:
    """The probability of an open stage in basis points: the files' own, else evenly rising."""
    mean = _mean(seen)
    if mean is not None and 0 <= mean <= 100:
        return round(mean * 100)
    return _WHOLE * place // (count + 1)
