"""``spm demo``: a made-up company to look around in; filled once, then only served."""

import json
import secrets
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from spm.adapters.passwords import passwords
from spm.cli import serve
from spm.cli.context import Context
from spm.domain.ids import PersonId, TeamId
from spm.domain.metrics.figure import ScopeKind
from spm.domain.packs.choice import file_name
from spm.domain.period import PeriodKind, containing, previous
from spm.domain.targets.target import Owner
from spm.jobs.demo import import_files
from spm.queries.metrics.names import find_scope
from spm.queries.packs.members import people_of
from spm.services.demo.load import fill, is_empty
from spm.services.demo.people import CREWS, Login, logins
from spm.services.identity.credentials import set_password
from spm.services.packs import How, default_as_of, issue_pack, print_pack

LOGINS = "demo-logins.json"
PACKS = "packs"


def configure(parser: ArgumentParser) -> None:
    """Describe the arguments."""
    serve.configure(parser)
    parser.add_argument("--no-serve", action="store_true", help="fill the database and stop")


def run(arguments: Namespace, context: Context) -> int:
    """Fill the database if it is new, write logins and packs, then serve; return 0."""
    began = time.monotonic()
    with context.unit(writes=False) as work:
        is_new = is_empty(work.session)
    if is_new:
        _say("making the demo company", began)
        with context.unit(writes=True) as work:
            fill(work)
    written = context.settings.instance / LOGINS
    if is_new or not written.exists():
        _write_logins(context, written)
    if is_new:
        _say("handing in the files of other systems", began)
        import_files(context.engine, context.clock, context.settings.instance)
    packs = context.settings.instance / PACKS
    if not any(packs.glob("*.pdf")):
        _say("writing the review packs of one team", began)
        _write_packs(context, packs)
    _print_logins(written)
    if arguments.no_serve:
        return 0
    return serve.run(arguments, context)


def _say(words: str, began: float) -> None:
    print(f"spm: {words} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)


def _write_logins(context: Context, path: Path) -> None:
    """Give the people of ``logins`` a new password and write it down, for its owner's eyes."""
    password = secrets.token_urlsafe(12)
    hashing = passwords(context.settings.password_cost)
    with context.unit(writes=True) as work:
        for each in logins():
            scope = find_scope(work.session, ScopeKind.REP, each.email)
            set_password(work, hashing, PersonId(scope.id or 0), password)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    entries = [_entry(each, password) for each in logins()]
    path.touch(mode=0o600)
    path.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _entry(login: Login, password: str) -> dict[str, str]:
    return {
        "name": login.role,
        "person": login.person,
        "email": login.email,
        "password": password,
    }


def _write_packs(context: Context, folder: Path) -> None:
    """Issue last quarter's packs of the first team and write each as PDF."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with context.unit(writes=True) as work:
        present = containing(work.today, PeriodKind.QUARTER, work.organisation.fiscal_start)
        quarter = previous(present)
        scope = find_scope(work.session, ScopeKind.TEAM, CREWS[0].name)
        members = people_of(work.session, TeamId(scope.id or 0), quarter.period.last_day)
        for person_id in members:
            how = How(quarter, default_as_of(work, quarter), "en", "a4")
            pack = issue_pack(work, Owner(person_id=person_id), how)
            name = file_name(pack.content.person, pack.content.period, pack.number)
            (folder / name).write_bytes(print_pack(pack, context.settings.base_url))


def _print_logins(path: Path) -> None:
    entries = json.loads(path.read_text(encoding="utf-8"))
    print(f"\n  Sign in with the password {entries[0]['password']} as")
    for entry in entries:
        print(f"    {entry['name']:<15} {entry['email']:<38} {entry['person']}")
    print(f"  (also in {path})\n", flush=True)
