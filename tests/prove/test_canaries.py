"""A3: each secret of each person is a word of its own, and no page, file or log shows it to the wrong eyes.

The only thing asked of the product is what it answers; who may read what is said by the matrix file.
"""

import io
import logging
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.models.audit import AuditEntryRow
from spm.models.identity import CredentialRow, SignInRow
from spm.models.packs import PackSignOffRow, ReviewPackRow
from spm.models.pipeline import DealEventRow, DealRow
from spm.models.targets import TargetAnswerRow, TargetRevisionRow, TargetRow
from tests.access.routes import MATRIX, _covers, places
from tests.access.world import ROLES, World
from tests.conftest import NOW
from tests.prove.figures import IS_LONG, report

WORD = re.compile(r"zq[a-z0-9]{4,40}qz", re.IGNORECASE)
READERS = ("rita", "hanna", "otto", "dora", "ada", "enid", "nora", "abel")
"""Whose eyes the short form lends: a rep, three managers, an administrator, enablement, nobody, an auditor."""
NOBODY = "nobody"
"""What no page shows to anybody."""


class Canaries:
    """The words, by whose they are and under which permission they may be read."""

    def __init__(self) -> None:
        self.may: dict[str, tuple[str, str]] = {}

    def word(self, permission: str, person: str, place: str) -> str:
        """Return a new word."""
        word = f"zq{place}{person}{len(self.may)}qz".replace("_", "").replace(" ", "")
        self.may[word] = (permission, person)
        return word

    def is_allowed(self, word: str, reader: str) -> bool:
        """Whether the matrix lets ``reader`` see ``word``."""
        permission, person = self.may[word]
        if permission == NOBODY:
            return False
        if permission == "own":
            return reader == person
        return _covers(permission, reader, person)


@pytest.fixture
def database_url(story_url: str) -> str:
    """The story."""
    return story_url


@pytest.fixture
def canaries(engine: Engine, world: World) -> Canaries:
    """A word in each field that is somebody's."""
    made = Canaries()
    names = {number: name for name, number in world.people.items()}
    teams = {number: name for name, number in world.teams.items()}
    with unit(engine, writes=True) as session:
        for deal in session.scalars(select(DealRow)):
            who = names[deal.owner_id]
            deal.name = made.word("deals.view", who, "dealname")
            deal.name_key = deal.name
            deal.next_step = made.word("deals.view", who, "nextstep")
            deal.lead_source = made.word("deals.view", who, "source")
            for event in session.scalars(
                select(DealEventRow).where(DealEventRow.deal_id == deal.id)
            ):
                event.reason = made.word("deals.view", who, "reason")
        for target in session.scalars(select(TargetRow)):
            who = names.get(target.person_id or 0) or teams[target.team_id or 0]
            _target(session, made, target, who, world)
        for pack in session.scalars(select(ReviewPackRow)):
            who = names.get(pack.person_id or 0) or teams[pack.team_id or 0]
            _pack(session, made, pack, who, world)
        for row in session.scalars(select(CredentialRow)):
            row.password_hash = made.word(NOBODY, names[row.person_id], "hash")
        for name, number in world.people.items():
            session.add(
                SignInRow(
                    token_digest=made.word(NOBODY, name, "session")[:64],
                    person_id=number,
                    browser=made.word("own", name, "browser"),
                    started_at=NOW,
                    seen_at=NOW,
                    expires_at=NOW + timedelta(days=1),
                )
            )
            session.add(
                AuditEntryRow(
                    at=NOW,
                    actor_id=number,
                    actor_name=made.word("audit.view", name, "actor"),
                    act="deals.edit",
                    object="deal:1",
                    person_id=number,
                    before={"next_step": made.word("audit.view", name, "before")},
                    after={"next_step": made.word("audit.view", name, "after")},
                    request_id="",
                )
            )
    return made


def _target(session: Session, made: Canaries, row: TargetRow, who: str, world: World) -> None:
    row.rationale = made.word("targets.view", who, "rationale")
    for revision in session.scalars(
        select(TargetRevisionRow).where(TargetRevisionRow.target_id == row.id)
    ):
        revision.rationale = made.word("targets.view", who, "oldrationale")
        revision.reason = made.word("targets.view", who, "why")
    for kind in ("object", "comment"):
        session.add(
            TargetAnswerRow(
                target_id=row.id,
                revision=1,
                kind=kind,
                words=made.word("targets.view", who, kind),
                by_id=world.people.get(who, world.people["dora"]),
                at=NOW,
            )
        )


def _pack(session: Session, made: Canaries, row: ReviewPackRow, who: str, world: World) -> None:
    session.add(
        PackSignOffRow(
            pack_id=row.id,
            person_id=world.people.get(who, world.people["dora"]),
            side="rep",
            comment=made.word("packs.view", who, "comment"),
            at=NOW,
        )
    )


def words_of(body: bytes, kind: str) -> set[str]:
    """The words of an answer: of the text of a PDF, of each part of a workbook, of anything else as it is."""
    if kind == "application/pdf":
        pages = PdfReader(io.BytesIO(body)).pages
        found = "\n".join(page.extract_text() for page in pages).replace("\n", "")
    elif body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            found = "\n".join(
                file.read(name).decode("utf-8", "replace") for name in file.namelist()
            )
    else:
        found = body.decode("utf-8", "replace")
    return {word.lower() for word in WORD.findall(found)}


def addresses(app: Flask, world: World, canaries: Canaries) -> Iterator[str]:
    """Every page of every thing; every list and export asked for each kind of word; pages of errors."""
    with app.test_request_context():
        for place in places(app, world):
            if place.method == "GET" and (IS_LONG or not place.endpoint.endswith("download")):
                yield url_for(place.endpoint, **place.arguments)  # type: ignore[arg-type]
        plain = {
            rule.rule
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and not rule.arguments
        }
    words = list(canaries.may)
    for rule in sorted(plain):
        for word in words[:: 7 if IS_LONG else max(1, len(words) // 3)]:
            yield f"{rule}?q={word}"
    for word in words[:: 1 if IS_LONG else 40]:
        yield f"/{word}"
        yield f"/deals?sort={word}"
        yield f"/deals/{word}"


def test_no_word_reaches_the_wrong_eyes(
    app: Flask,
    engine: Engine,
    world: World,
    browsers: dict[str, FlaskClient],
    canaries: Canaries,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert len(canaries.may) >= 200
    assert {permission for permission, _who in canaries.may.values()} - {NOBODY, "own"} <= set(
        MATRIX
    )
    caplog.set_level(logging.DEBUG)
    known = {word.lower(): word for word in canaries.may}
    leaks: dict[tuple[str, str], set[str]] = defaultdict(set)
    met: set[str] = set()
    asked = 0
    everywhere = list(addresses(app, world, canaries))
    for reader in ROLES if IS_LONG else READERS[::2]:
        for at in everywhere:
            answer = browsers[reader].get(at)
            asked += 1
            assert answer.status_code < 500, (reader, at)
            told = {word.lower() for word in WORD.findall(at)}
            # A token made by chance may look like a word; only those that were hidden count.
            for word in (words_of(answer.data, answer.mimetype or "") & known.keys()) - told:
                met.add(word)
                if not canaries.is_allowed(known[word], reader):
                    leaks[reader, at].add(word)
            answer.close()
    assert not leaks, "\n".join(map(str, list(leaks.items())[:20]))
    logged = {word.lower() for word in WORD.findall(caplog.text)} & met
    assert not logged, sorted(logged)[:10]
    assert len(met) > 30
    report("A3 canaries", words=len(canaries.may), met_by_somebody=len(met), answers=asked, leaks=0)
