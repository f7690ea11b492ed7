"""Review packs: issuing them, signing them off, printing them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import exists, select

from spm.adapters.assets import VENDOR
from spm.domain.access import Actor, Permission
from spm.domain.errors import Forbidden, Invalid
from spm.domain.ids import PackId, PersonId
from spm.domain.packs.choice import changes_between, file_name, number_of, sections_between
from spm.domain.packs.content import (
    AlreadySignedOff,
    Decision,
    PackContent,
    ReviewPack,
    Side,
    Superseded,
)
from spm.domain.period import AsOf, NamedPeriod
from spm.domain.targets.target import Owner
from spm.domain.text import clean_block
from spm.models.packs import PackSignOffRow, ReviewPackRow
from spm.queries.audit import audit_head
from spm.queries.packs import issued
from spm.queries.packs.content import pack_content, team_content
from spm.reports import fonts
from spm.reports.review_pack.draw import draw
from spm.services.work import Work

COMMENT_LENGTH = 10_000
TICK = timedelta(microseconds=1)
"""From the last instant that counts to the cut-off."""


class PeriodNotBegun(Invalid):
    """A pack looks back: on a period that has not begun there is nothing to see."""

    code = "packs.not-yet"


def default_as_of(work: Work, period: NamedPeriod) -> AsOf:
    """Return as-of the end of today or of the period, whichever comes first, as the pages do.

    Not the present instant: a pack made twice on a day is the same pack.
    """
    today = AsOf.of_date(work.today, work.organisation.zone)
    return min(today, AsOf(work.organisation.start_of(period.period.end)))


def draft_pack(
    work: Work,
    owner: Owner,
    period: NamedPeriod,
    as_of: AsOf,
    *,
    decisions: Sequence[Decision] = (),
) -> PackContent:
    """Return what the pack of a person or a team would show; nothing is kept.

    Raises:
        NotFound: There is no such person or team in the actor's sight.
        PeriodNotBegun: The period lies ahead of the as-of.
    """
    if as_of.cutoff <= work.organisation.start_of(period.period.start):
        raise PeriodNotBegun(period=period.name)
    there = (work.session, work.actor, work.organisation)
    if owner.team_id is not None:
        return team_content(*there, owner.team_id, period, as_of, decisions=decisions)
    person_id = owner.person_id or PersonId(0)
    return pack_content(*there, person_id, period, as_of, decisions=decisions)


@dataclass(frozen=True, slots=True)
class How:
    """What a pack is of and how it is written: the same for all that are asked for in one go."""

    period: NamedPeriod
    as_of: AsOf
    language: str
    paper: str
    decisions: tuple[Decision, ...] = ()


def issue_pack(work: Work, owner: Owner, how: How) -> ReviewPack:
    """Freeze the pack of a person or a team and return it.

    Where the latest issue shows the same, that one is returned and nothing is kept; else the new
    issue replaces it and says what changed.

    Raises:
        NotFound: There is no such person or team in the actor's sight.
        Forbidden: The actor issues none for that owner; nobody issues his own, and a team's figures
            are those of whoever heads it.
        PeriodNotBegun: The period lies ahead of the as-of.
    """
    content = draft_pack(work, owner, how.period, how.as_of, decisions=how.decisions)
    work.require(Permission.PACKS_ISSUE, owner.subject)
    span = how.period.period
    latest = issued.find_latest(work.session, owner, span)
    if latest is not None:
        if (latest.digest, latest.language, latest.paper) == (
            content.digest,
            how.language,
            how.paper,
        ):
            return latest
        content = replace(
            content,
            changes=changes_between(latest.content, content),
            changed=sections_between(latest.content, content),
        )
    head = audit_head(work.session)
    content = replace(content, log_head=str(head) if head.number else "")
    row = ReviewPackRow(
        number=secrets.token_hex(12),
        issue=1 if latest is None else latest.issue + 1,
        person_id=owner.person_id,
        team_id=owner.team_id,
        period_start=span.start,
        period_end=span.end,
        as_of=how.as_of.cutoff - TICK,
        locale=how.language,
        paper=how.paper,
        content=content.to_json(),
        digest=content.digest,
        issued_at=work.now,
        issued_by=work.actor.person_id,
        supersedes_id=None if latest is None else latest.id,
    )
    work.session.add(row)
    work.session.flush()
    first = issued.find_first_id(work.session, owner, span.start, span.end)
    row.number = number_of(first or row.id, row.issue)
    work.session.flush()
    work.record(
        Permission.PACKS_ISSUE,
        f"pack:{row.id}",
        person_id=owner.person_id,
        after={
            "number": row.number,
            "period": how.period.name,
            "as_of": row.as_of.isoformat(),
            "digest": row.digest,
            "supersedes": latest.number if latest else None,
        },
    )
    return issued.get_pack(work.session, work.actor, PackId(row.id))


def sign_off(work: Work, pack_id: PackId, comment: str) -> Side:
    """Say that one has read a pack, with a comment or none; return for which side.

    Raises:
        NotFound: There is no such pack in the actor's sight.
        Forbidden: The actor is neither the person nor in the line above.
        Superseded: A later issue replaces it.
        AlreadySignedOff: The actor has done so before.
        TextTooLong, TextRefused: The comment cannot be kept.
    """
    pack = issued.get_pack(work.session, work.actor, pack_id)
    work.require(Permission.PACKS_SIGN_OFF, pack.subject)
    if work.actor.person_id is None:
        raise Forbidden(permission=Permission.PACKS_SIGN_OFF.value)
    if pack.superseded_by is not None:
        raise Superseded(number=pack.superseded_by)
    me = work.actor.person_id
    if _has_signed_off(work, pack_id, me):
        raise AlreadySignedOff
    side = side_of(work.actor, pack)
    words = clean_block(comment, COMMENT_LENGTH, "comment")
    work.session.add(
        PackSignOffRow(pack_id=pack_id, person_id=me, side=side.value, comment=words, at=work.now)
    )
    work.session.flush()
    work.record(
        Permission.PACKS_SIGN_OFF,
        f"pack:{pack_id}",
        person_id=pack.person_id,
        after={"side": side.value, "number": pack.number},
    )
    return side


def side_of(actor: Actor, pack: ReviewPack) -> Side:
    """Return for which side somebody signs: whom it is about, or who heads the team; else the line
    above.
    """
    own_teams = actor.heads - actor.heads_below
    is_own = actor.person_id == pack.person_id or pack.team_id in own_teams
    return Side.REP if is_own else Side.MANAGER


def _has_signed_off(work: Work, pack_id: PackId, person_id: PersonId) -> bool:
    asked = select(
        exists().where(PackSignOffRow.pack_id == pack_id, PackSignOffRow.person_id == person_id)
    )
    return bool(work.session.scalar(asked))


def hand_out_draft(work: Work, owner: Owner, how: How, base_url: str) -> tuple[str, bytes]:
    """Return the file name and PDF of what a pack would show, and write down who took it.

    Nothing is issued; "Draft" lies across each page.

    Raises:
        NotFound: There is no such person or team in the actor's sight.
        Forbidden: The actor issues none for that owner.
        PeriodNotBegun: The period lies ahead of the as-of.
    """
    content = draft_pack(work, owner, how.period, how.as_of, decisions=how.decisions)
    work.require(Permission.PACKS_ISSUE, owner.subject)
    about = f"team:{owner.team_id}" if owner.person_id is None else f"person:{owner.person_id}"
    work.record(
        Permission.PACKS_VIEW,
        about,
        person_id=owner.person_id,
        after={"draft": True, "period": how.period.name, "digest": content.digest},
    )
    name = file_name(content.person, content.period, "draft")
    return name, print_draft(content, how.language, how.paper, base_url)


def hand_out(
    work: Work, pack_id: PackId, base_url: str, mark: str | None = None
) -> tuple[str, bytes]:
    """Return a pack's file name and PDF, and write down who took it.

    Args:
        work: Judged now, whenever the pack was issued.
        pack_id: Which pack.
        base_url: What links in it start with.
        mark: Words across each page, such as on an auditor's copy.

    Raises:
        NotFound: There is no such pack in the actor's sight.
    """
    pack = issued.get_pack(work.session, work.actor, pack_id)
    work.record(
        Permission.PACKS_VIEW,
        f"pack:{pack_id}",
        person_id=pack.person_id,
        after={"number": pack.number, "digest": pack.digest},
    )
    name = file_name(pack.content.person, pack.content.period, pack.number)
    return name, print_pack(pack, base_url, mark)


def print_pack(pack: ReviewPack, base_url: str, mark: str | None = None) -> bytes:
    """Return an issued pack as PDF: the same bytes each time."""
    fonts.register(VENDOR / "fonts")
    return draw(
        pack.content,
        pack=pack,
        language=pack.language,
        paper=pack.paper,
        base_url=base_url,
        mark=mark,
    )


def print_draft(content: PackContent, language: str, paper: str, base_url: str) -> bytes:
    """Return what a pack would show as PDF, marked as a draft."""
    fonts.register(VENDOR / "fonts")
    return draw(content, pack=None, language=language, paper=paper, base_url=base_url)
