"""``spm people``: the first administrator, lost passwords, roles; as whoever holds the machine."""

import argparse
import getpass
import sys
from collections.abc import Callable

from spm.adapters.passwords import passwords
from spm.cli.context import Context
from spm.domain.access import Role
from spm.domain.errors import Invalid
from spm.domain.identity import Purpose
from spm.domain.ids import PersonId
from spm.domain.organisation import Person
from spm.queries.identity import may_sign_in
from spm.queries.organisation.people import everybody, people_named, roles_of_people
from spm.services.identity.credentials import invite, set_disabled, set_password
from spm.services.organisation.people import add_person
from spm.services.organisation.roles import grant_role, revoke_role
from spm.services.work import Work


class PersonUnknown(Invalid):
    """Nobody is found by that key."""

    code = "people.unknown"


class PersonAmbiguous(Invalid):
    """Several are found by that name; ``candidates`` tells them apart."""

    code = "people.ambiguous"


class PasswordsDiffer(Invalid):
    """The two passwords typed are not the same."""

    code = "people.passwords-differ"


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    add = acts.add_parser("add", help="add a person, print an invitation if there is an address")
    add.add_argument("name")
    add.add_argument("--email", default="")
    add.add_argument("--title", default="")
    add.add_argument("--role", action="append", default=[], choices=[role.value for role in Role])
    listed = acts.add_parser("list", help="list people with their roles")
    listed.add_argument("--all", action="store_true", help="those who have left as well")
    for name, words in (
        ("invite", "print a link to choose a password (first one, or a new one)"),
        ("reset-password", "ask for a new password and keep it; ends all sessions"),
        ("disable", "bar somebody from signing in; ends all sessions"),
        ("enable", "let somebody sign in again"),
    ):
        act = acts.add_parser(name, help=words)
        act.add_argument("person", help="e-mail address, or name where it is unique")
    for name, words in (("grant", "give a role"), ("revoke", "take a role away")):
        act = acts.add_parser(name, help=words)
        act.add_argument("person", help="e-mail address, or name where it is unique")
        act.add_argument("role", choices=[role.value for role in Role])


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Do one act; return 0."""
    ACTS[arguments.act](arguments, context)
    return 0


def _add(arguments: argparse.Namespace, context: Context) -> None:
    with context.unit(writes=True) as work:
        person_id = add_person(
            work, name=arguments.name, email=arguments.email, title=arguments.title
        )
        for role in dict.fromkeys(arguments.role):
            grant_role(work, person_id, Role(role))
        link = _link(work, context, person_id) if arguments.email else None
    print(f"added: {arguments.name} (person {person_id})")
    if link is not None:
        print(link)


def _list(arguments: argparse.Namespace, context: Context) -> None:
    with context.unit() as work:
        people = [
            person
            for person in everybody(work.session)
            if arguments.all or not person.has_left(work.today)
        ]
        roles = roles_of_people(work.session, [person.id for person in people])
        able = may_sign_in(work.session, work.today)
    for person in people:
        held = ",".join(role.value for role in roles.get(person.id, ())) or "-"
        state = "signs in" if person.id in able else "cannot sign in"
        print("\t".join((str(person.id), person.name, person.email or "-", held, state)))


def _invite(arguments: argparse.Namespace, context: Context) -> None:
    with context.unit(writes=True) as work:
        link = _link(work, context, _find(work, arguments.person).id)
    print(link)


def _link(work: Work, context: Context, person_id: PersonId) -> str:
    purpose, token = invite(work, person_id)
    words = "within 30 minutes" if purpose is Purpose.RESET else "within seven days"
    return f"open once, {words}: {context.settings.base_url}/welcome/{token}"


def _reset_password(arguments: argparse.Namespace, context: Context) -> None:
    with context.unit() as work:
        person = _find(work, arguments.person)
    password = _ask_password()
    with context.unit(writes=True) as work:
        set_password(work, passwords(context.settings.password_cost), person.id, password)
    print(f"{person.name}: the password is changed, all sessions are ended")


def _ask_password() -> str:
    """Ask twice at a terminal; take one line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != password:
        raise PasswordsDiffer
    return password


def _disable(arguments: argparse.Namespace, context: Context) -> None:
    _bar(arguments, context, is_disabled=True)


def _enable(arguments: argparse.Namespace, context: Context) -> None:
    _bar(arguments, context, is_disabled=False)


def _bar(arguments: argparse.Namespace, context: Context, *, is_disabled: bool) -> None:
    with context.unit(writes=True) as work:
        person = _find(work, arguments.person)
        set_disabled(work, person.id, is_disabled=is_disabled)
    words = "cannot sign in any more" if is_disabled else "can sign in again"
    print(f"{person.name}: {words}")


def _grant(arguments: argparse.Namespace, context: Context) -> None:
    with context.unit(writes=True) as work:
        person = _find(work, arguments.person)
        grant_role(work, person.id, Role(arguments.role))
    print(f"{person.name}: is {arguments.role} now")


def _revoke(arguments: argparse.Namespace, context: Context) -> None:
    with context.unit(writes=True) as work:
        person = _find(work, arguments.person)
        revoke_role(work, person.id, Role(arguments.role))
    print(f"{person.name}: is no longer {arguments.role}")


def _find(work: Work, key: str) -> Person:
    found = people_named(work.session, key)
    if not found:
        raise PersonUnknown(key=key)
    if len(found) > 1:
        names = [person.email or f"person {person.id}" for person in found]
        raise PersonAmbiguous(key=key, candidates=names)
    return found[0]


ACTS: dict[str, Callable[[argparse.Namespace, Context], None]] = {
    "add": _add,
    "list": _list,
    "invite": _invite,
    "reset-password": _reset_password,
    "disable": _disable,
    "enable": _enable,
    "grant": _grant,
    "revoke": _revoke,
}
