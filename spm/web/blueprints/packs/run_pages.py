"""What the pages of a run of packs show."""

from dataclasses import dataclass

from spm.domain.access import Permission, Subject, may
from spm.domain.ids import PackRunId
from spm.domain.jobs import JobState
from spm.domain.packs.runs import KEPT_FOR, PackRun
from spm.domain.period import Period, name_of
from spm.i18n.labels import message_of
from spm.i18n.words import gettext
from spm.jobs.progress import progress_of
from spm.queries.jobs import find_job
from spm.queries.packs.runs import get_run
from spm.queries.targets.owners import teams
from spm.services.work import Work
from spm.web.blueprints.packs.forms import RunForm


@dataclass(frozen=True, slots=True)
class AskPage:
    """The form of a new run."""

    form: RunForm


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is; ``total`` is None while it waits."""

    run: PackRun
    words: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class RunLine:
    """One pack of a run in the reader's words; ``refused`` says why there is none."""

    name: str
    is_team: bool
    number: str
    pack_id: int | None
    refused: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run: how far it is, or what came of it.

    Attributes:
        state: How its work stands.
        period_name: Canonical name of its period.
        issued: How many packs there are.
        refused: How many there are not.
        has_file: Whether the ZIP can be fetched now.
    """

    run: PackRun
    state: JobState
    period_name: str
    progress: RunProgress | None
    lines: tuple[RunLine, ...]
    issued: int
    refused: int
    has_file: bool
    kept_hours: int = int(KEPT_FOR.total_seconds() // 3600)


def askable_teams(work: Work) -> tuple[tuple[int, str], ...]:
    """Return the teams that the reader can ask for, as (id, name), by name.

    His own as well: nobody issues his own pack, and those of the others are made.
    """
    return tuple(
        (one.owner.team_id, one.name)
        for one in teams(work.session)
        if one.owner.team_id is not None
        and may(work.actor, Permission.PACKS_VIEW, Subject(team_id=one.owner.team_id))
    )


def run_page(work: Work, run_id: PackRunId) -> RunPage:
    """Return the page of one run.

    Raises:
        NotFound: There is none, or somebody else asked for it.
    """
    run = get_run(work.session, work.actor, run_id)
    job = find_job(work.session, run.key)
    lines = tuple(
        RunLine(
            item.name,
            item.owner.team_id is not None,
            item.number,
            item.pack_id,
            gettext(message_of(item.refused) or item.refused) if item.refused else "",
            item.is_done,
        )
        for item in run.items
    )
    return RunPage(
        run=run,
        state=JobState.CANCELLED if job is None else job.state,
        period_name=name_of(Period(run.start, run.end), work.organisation.fiscal_start),
        progress=progress_part(work, run_id),
        lines=lines,
        issued=sum(line.pack_id is not None for line in lines),
        refused=sum(bool(line.refused) for line in lines),
        has_file=run.has_file(work.now),
    )


def progress_part(work: Work, run_id: PackRunId) -> RunProgress | None:
    """Return how far a run is; None once it is over.

    Raises:
        NotFound: There is none, or somebody else asked for it.
    """
    run = get_run(work.session, work.actor, run_id)
    job = find_job(work.session, run.key)
    if job is None or job.state.is_over:
        return None
    if job.state is JobState.WAITING:
        return RunProgress(run, gettext("Waiting for its turn"), 0, None)
    told = progress_of(job)
    words = gettext("Printing") if told.phase == "draw" else gettext("Issuing")
    return RunProgress(run, words, told.done, told.total)
