"""The board: from the address to the question, and what its columns and cards show."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request, url_for

from spm.domain.access import Actor, Permission, may
from spm.domain.errors import NotFound
from spm.domain.ids import PersonId, PipelineId, StageId, TeamId
from spm.domain.pipeline.deals import Concern, Deal
from spm.domain.pipeline.stages import Pipeline, Stage
from spm.queries.pipeline import choices
from spm.queries.pipeline.board import BoardColumn, board, default_owner
from spm.queries.pipeline.deal_list import Filters, Range, owners_in_sight
from spm.queries.pipeline.pipelines import pipelines
from spm.services.work import Work
from spm.web.asked import Asked

PARAMETERS = (
    "pipeline",
    "owner",
    "team",
    "q",
    "concern",
    "expected_from",
    "expected_to",
    "amount_from",
    "amount_to",
    "more",
)
"""The parameters that the board understands."""

SHARED = ("team", "q", "concern", "expected_from", "expected_to", "amount_from", "amount_to")
"""What the list of deals understands as well."""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The board of one pipeline.

    Attributes:
        new_owners: For whom a deal can be entered here: the one whose board it is, or all.
        here: The address of this board, to come back to.
    """

    pipeline: Pipeline
    pipelines: tuple[Pipeline, ...]
    filters: Filters
    columns: tuple[BoardColumn, ...]
    owners: tuple[tuple[PersonId, str], ...]
    teams: tuple[tuple[TeamId, str], ...]
    new_owners: tuple[tuple[PersonId, str], ...]
    here: str
    actor: Actor

    @property
    def is_filtered(self) -> bool:
        """Whether anything but whose board it is narrows it."""
        return self.filters != Filters(owner_id=self.filters.owner_id, team_id=self.filters.team_id)

    @property
    def total(self) -> int:
        """How many open deals there are."""
        return sum(column.total for column in self.columns if not column.stage.is_closed)

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """What the filter by attention offers."""
        return tuple(Concern)

    def may_move(self, deal: Deal) -> bool:
        """Return whether the reader may move a deal."""
        return may(self.actor, Permission.DEALS_MOVE, deal.subject)

    def targets(self, deal: Deal) -> tuple[Stage, ...]:
        """Return the stages that a deal can be moved to."""
        return tuple(each for each in self.pipeline.active_stages if each.id != deal.stage_id)

    def deal_url(self, deal: Deal) -> str:
        """Return the address of a deal."""
        return url_for("deals.show", deal_id=deal.id)

    def move_url(self, deal: Deal) -> str:
        """Return where a deal is moved."""
        return url_for("deals.move", deal_id=deal.id)

    def list_url(self, column: BoardColumn) -> str:
        """Return the address of the list of a column's deals."""
        asked = [("stage", str(column.stage.id)), *self._asked()]
        if column.since is not None:
            asked.append(("closed_from", column.since.isoformat()))
        return f"{url_for('deals.list')}?{urlencode(asked)}"

    def sum_url(self, column: BoardColumn) -> str:
        """Return the address of what a column's deals come to."""
        return self.list_url(column).replace(url_for("deals.list"), url_for("deals.sum"), 1)

    @property
    def all_url(self) -> str:
        """The address of what the open deals of the board come to."""
        asked = [("pipeline", str(self.pipeline.id)), ("status", "open"), *self._asked()]
        return f"{url_for('deals.sum')}?{urlencode(asked)}"

    def _asked(self) -> list[tuple[str, str]]:
        """Return what the board is narrowed by, as the list of deals says it."""
        asked = [(name, request.args.get(name, "")) for name in SHARED]
        if self.filters.owner_id is not None:
            asked.append(("owner", str(self.filters.owner_id)))
        return [each for each in asked if each[1]]


def asked_filters(asked: Asked, owner_id: PersonId | None) -> Filters:
    """Return what the address asks for; ``owner_id`` is whose board one is that names nobody.

    Raises:
        Invalid: A parameter or its value is unknown, or a range ends before it begins.
    """
    owner, team = asked.id("owner"), asked.id("team")
    whose = None if owner is None else PersonId(owner)
    if not {"owner", "team"} & set(request.args):  # "Everybody" says ``owner=``
        whose = owner_id
    filters = Filters(
        owner_id=whose,
        team_id=None if team is None else TeamId(team),
        concern=asked.choice("concern", Concern),
        expected=Range(asked.day("expected_from"), asked.day("expected_to")),
        least=asked.amount("amount_from"),
        most=asked.amount("amount_to"),
        text=asked.line("q"),
    )
    filters.check()
    return filters


def board_page(work: Work, asked: Asked) -> BoardPage | None:
    """Return the board that the address asks for; None where there is no pipeline in use yet.

    Raises:
        NotFound: There is no such pipeline.
        Invalid: A parameter or its value is unknown.
    """
    session, actor = work.session, work.actor
    filters = asked_filters(asked, default_owner(session, actor))
    pipeline_id, more = asked.id("pipeline"), asked.id("more")
    offered = tuple(each for each in pipelines(session) if each.is_active or each.id == pipeline_id)
    if not offered:
        return None
    pipeline = offered[0] if pipeline_id is None else _chosen(offered, PipelineId(pipeline_id))
    possible = choices.possible_owners(session, actor, Permission.DEALS_CREATE, work.today)
    whose = tuple(each for each in possible if each[0] == filters.owner_id)
    return BoardPage(
        pipeline=pipeline,
        pipelines=offered,
        filters=filters,
        columns=board(
            session,
            actor,
            pipeline,
            filters,
            work.today,
            work.organisation,
            more=None if more is None else StageId(more),
        ),
        owners=owners_in_sight(session, actor),
        teams=choices.teams(session),
        new_owners=whose or (possible if filters.owner_id is None else ()),
        here=request.full_path.rstrip("?"),
        actor=actor,
    )


def _chosen(offered: tuple[Pipeline, ...], pipeline_id: PipelineId) -> Pipeline:
    for pipeline in offered:
        if pipeline.id == pipeline_id:
            return pipeline
    raise NotFound(what="pipeline", id=pipeline_id)
