"""What the pages about one deal show."""

from dataclasses import dataclass
from datetime import date, datetime

from spm.domain.access import Permission, may
from spm.domain.ids import PersonId, StageId
from spm.domain.period import AsOf
from spm.domain.pipeline.deals import Concern, Deal, Gate, concerns, gate
from spm.domain.pipeline.history import EventKind, State
from spm.domain.pipeline.stages import Stage, StageKind
from spm.domain.pipeline.timeline import Entry, StageVisit
from spm.queries.pipeline.deals import NamedLine, Story, find_state, get_story, lines_of
from spm.services.work import Work


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the stage bar.

    Attributes:
        state: ``done``, ``current``, ``skipped`` or ``ahead``.
        gate: What the move there asks for; None for the stage that the deal is in.
    """

    stage: Stage
    visit: StageVisit
    state: str
    gate: Gate | None


@dataclass(frozen=True, slots=True)
class DealPage:
    """A deal's page.

    Attributes:
        on: Date on which the deal is shown as it was; None as it is now.
        then: The deal on that date; None where it was not there yet.
        next_step: The stage that comes next; None where the deal is decided.
        latest: Until when the as-of date can be chosen.
        lines: What it is made up of, now or on that date.
    """

    story: Story
    stage: Stage
    steps: tuple[Step, ...]
    concerns: tuple[Concern, ...]
    next_step: Step | None
    on: date | None
    then: State | None
    latest: date
    lines: tuple[NamedLine, ...]
    may_edit: bool
    may_edit_lines: bool
    may_move: bool
    may_assign: bool

    @property
    def deal(self) -> Deal:
        """The deal as it is now."""
        return self.story.deal

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What happened, the latest first; on a date in the past, only what had happened."""
        if self.on is None:
            return self.story.entries
        return tuple(
            entry
            for entry in self.story.entries
            if entry.occurred_on is None or entry.occurred_on <= self.on
        )

    def person(self, person_id: PersonId | None) -> str:
        """Return a person's name; "" for nobody (an import, the command line)."""
        return "" if person_id is None else self.story.names.people.get(person_id, "")

    def stage_of(self, stage_id: StageId) -> Stage:
        """Return a stage of the deal's pipeline."""
        return self.story.pipeline.stage(stage_id)

    def account(self, state: State) -> str | None:
        """Return the name of the account in a state of the deal."""
        return None if state.account_id is None else self.story.names.accounts[state.account_id]

    def territory(self, state: State) -> str | None:
        """Return the name of the territory in a state of the deal."""
        names = self.story.names.territories
        return None if state.territory_id is None else names[state.territory_id]

    def moved(self, entry: Entry) -> bool:
        """Return whether an entry is a move between stages."""
        return entry.kind in {EventKind.STAGE, EventKind.REOPENED}


def deal_page(work: Work, story: Story, on: date | None) -> DealPage:
    """Return the page of a deal, as it is or as it was on ``on``.

    Raises:
        NotFound: It went out of the actor's sight meanwhile.
    """
    deal, pipeline = story.deal, story.pipeline
    stage = pipeline.stage(deal.stage_id)
    then, lines = None, story.lines
    if on is not None:
        cutoff: datetime = AsOf.of_date(on, work.organisation.zone).cutoff
        then = find_state(work.session, work.actor, deal.id, cutoff)
        lines = lines_of(work.session, deal, cutoff) if then is not None else ()
    steps = tuple(_step(story, stage, visit) for visit in story.visits)
    ahead = (step for step in steps if step.stage.position > stage.position and step.gate)
    subject = deal.subject
    return DealPage(
        story=story,
        stage=stage,
        steps=steps,
        concerns=concerns(deal, stage, work.today, work.organisation),
        next_step=None if deal.is_closed else next(ahead, None),
        on=on,
        then=then,
        latest=work.today,
        lines=lines,
        may_edit=may(work.actor, Permission.DEALS_EDIT, subject),
        may_edit_lines=may(
            work.actor,
            Permission.DEALS_EDIT_CLOSED_AMOUNT if deal.is_closed else Permission.DEALS_EDIT,
            subject,
        ),
        may_move=may(work.actor, Permission.DEALS_MOVE, subject),
        may_assign=may(work.actor, Permission.DEALS_ASSIGN, subject),
    )


def _step(story: Story, current: Stage, visit: StageVisit) -> Step:
    stage = story.pipeline.stage(visit.stage_id)
    return Step(stage, visit, _state(current, stage, visit), _gate(story, current, stage))


def _state(current: Stage, stage: Stage, visit: StageVisit) -> str:
    if visit.is_current:
        return "current"
    is_behind = stage.position < current.position and current.kind is not StageKind.LOST
    if visit.is_visited:
        return "done"
    return "skipped" if is_behind and not stage.is_closed else "ahead"


def _gate(story: Story, current: Stage, stage: Stage) -> Gate | None:
    if stage.id == current.id or not stage.is_active:
        return None
    return gate(current, stage, story.pipeline)


@dataclass(frozen=True, slots=True)
class MovePage:
    """The page on which a deal is moved to one stage, or which stage that is to be is chosen."""

    deal: Deal
    stage: Stage
    gates: tuple[Gate, ...]
    gate: Gate | None


def move_page(work: Work, deal: Deal, stage_id: StageId | None) -> MovePage:
    """Return the page of a move.

    Raises:
        StageUnknown: The pipeline has no such stage.
    """
    story = get_story(work.session, work.actor, deal.id, work.today)
    stage = story.pipeline.stage(deal.stage_id)
    target = None if stage_id is None else story.pipeline.stage(stage_id)
    gates = (_gate(story, stage, each) for each in story.pipeline.active_stages)
    return MovePage(
        deal=deal,
        stage=stage,
        gates=tuple(each for each in gates if each is not None),
        gate=None if target is None else gate(stage, target, story.pipeline),
    )
