"""``spm pack``: issue review packs and write them as PDF."""

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from spm.cli.context import Context
from spm.domain.errors import Invalid
from spm.domain.ids import PersonId, TeamId
from spm.domain.metrics.figure import ScopeKind
from spm.domain.packs.choice import file_name
from spm.domain.period import AsOf, NamedPeriod, parse
from spm.domain.targets.target import Owner
from spm.i18n.words import LANGUAGES
from spm.queries.metrics.asking import as_of as read_as_of
from spm.queries.metrics.names import find_scope
from spm.queries.packs.members import owners_of
from spm.reports.document import Paper
from spm.services.pack_runs import bind, name_in_zip
from spm.services.packs import (
    How,
    default_as_of,
    draft_pack,
    issue_pack,
    print_draft,
    print_pack,
)
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.work import Work


class LanguageUnknown(Invalid):
    """The product does not speak that language; ``candidates`` are those it does."""

    code = "packs.language-unknown"


class FolderNeeded(Invalid):
    """A team's packs are several files and go into a folder."""

    code = "packs.folder-needed"


def configure(parser: ArgumentParser) -> None:
    """Add the arguments; the contract is docs/packs.md."""
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--rep", metavar="KEY", help="one person, by e-mail, external id or name")
    whose.add_argument("--team", metavar="KEY", help="everybody of a team and the teams below it")
    whose.add_argument("--org", action="store_true", help="everybody who sells")
    parser.add_argument(
        "--teams", action="store_true", help="with --team or --org: the teams' own packs as well"
    )
    parser.add_argument("--period", metavar="P", required=True, help="2017-Q4, 2017-11, FY2019, …")
    parser.add_argument(
        "--as-of",
        metavar="T",
        help="a day or an instant; the end of today or of the period where left out",
    )
    parser.add_argument(
        "--out",
        metavar="PATH",
        type=Path,
        help="the file; for a team or everybody the folder, or a file that ends in .zip",
    )
    parser.add_argument("--lang", metavar="L", help="en, ja, ko or uk; else the organisation's")
    parser.add_argument("--paper", choices=[paper.value for paper in Paper], default=Paper.A4.value)
    parser.add_argument("--draft", action="store_true", help="print without issuing")


def run(arguments: Namespace, context: Context) -> int:
    """Write the packs that the arguments ask for, print each file's path; return 0.

    A pack that shows the same as the latest issue is that issue again: the same number, the same
    bytes.

    Raises:
        Invalid: An argument is unknown or ambiguous, or the period has not begun.
    """
    with context.unit(writes=not arguments.draft) as work:
        if not arguments.draft:
            ensure_won_revenue_kpi(work.session, work.now)
        wanted = _wanted(work, arguments, context.settings.base_url)
        made = [_made(work, owner, wanted) for owner in _owners(work, arguments, wanted)]
    for path in _written(made, arguments):
        print(path)
    return 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is the same for all packs of one call."""

    period: NamedPeriod
    as_of: AsOf
    language: str
    paper: str
    base_url: str
    is_draft: bool


def _wanted(work: Work, arguments: Namespace, base_url: str) -> _Wanted:
    period = parse(arguments.period, work.organisation.fiscal_start)
    as_of = default_as_of(work, period)
    if arguments.as_of is not None:
        as_of = read_as_of(work.organisation, work.now, arguments.as_of)
    return _Wanted(
        period,
        as_of,
        _language(work, arguments.lang),
        arguments.paper,
        base_url,
        arguments.draft,
    )


def _language(work: Work, given: str | None) -> str:
    language = given or work.organisation.locale
    if language not in LANGUAGES:
        raise LanguageUnknown(field="lang", given=language, candidates=tuple(LANGUAGES))
    return language


def _owners(work: Work, arguments: Namespace, wanted: _Wanted) -> tuple[Owner, ...]:
    """Return whose packs are asked for: a person, or teams and then people, by name."""
    if arguments.rep is not None:
        scope = find_scope(work.session, ScopeKind.REP, arguments.rep)
        return (Owner(person_id=PersonId(scope.id or 0)),)
    if arguments.out is not None and arguments.out.is_file() and not _is_zip(arguments.out):
        raise FolderNeeded(field="out", given=str(arguments.out))
    team_id = None
    if not arguments.org:
        scope = find_scope(work.session, ScopeKind.TEAM, arguments.team)
        team_id = TeamId(scope.id or 0)
    day = min(wanted.as_of.day(work.organisation.zone), wanted.period.period.last_day)
    there = owners_of(work.session, team_id, day)
    return tuple(owner for owner in there if arguments.teams or owner.team_id is None)


def _is_zip(path: Path) -> bool:
    return path.suffix.casefold() == ".zip"


def _made(work: Work, owner: Owner, wanted: _Wanted) -> tuple[str, bytes]:
    """Return the name of the file and what it holds."""
    if wanted.is_draft:
        content = draft_pack(work, owner, wanted.period, wanted.as_of)
        mark = f"{owner.person_id or f'team-{owner.team_id}'}-draft"
        name = file_name(content.person, content.period, mark)
        return name, print_draft(content, wanted.language, wanted.paper, wanted.base_url)
    how = How(wanted.period, wanted.as_of, wanted.language, wanted.paper)
    pack = issue_pack(work, owner, how)
    return name_in_zip(pack), print_pack(pack, wanted.base_url)


def _written(made: list[tuple[str, bytes]], arguments: Namespace) -> list[Path]:
    folder = Path.cwd()
    if arguments.rep is not None and arguments.out is not None and not arguments.out.is_dir():
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_bytes(made[0][1])
        return [arguments.out]
    if not made:
        print("spm pack: there is nobody", file=sys.stderr)
    if arguments.out is not None and _is_zip(arguments.out):
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as parts:
            bind([_kept(Path(parts), name, pdf) for name, pdf in made], arguments.out)
        return [arguments.out]
    if arguments.out is not None:
        folder = arguments.out
        folder.mkdir(parents=True, exist_ok=True)
    return [_kept(folder, name, pdf) for name, pdf in made]


def _kept(folder: Path, name: str, pdf: bytes) -> Path:
    path = folder / name
    path.write_bytes(pdf)
    return path
