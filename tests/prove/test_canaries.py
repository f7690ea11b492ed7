"""A3: each secret of each person is a word of its own, and no page, file or log shows it to the wrong eyes.

The only thing asked of the product is what it answers; who may read what is said by the matrix file.
"""

import io
import logging
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine, select, true
from sqlalchemy.orm import Session

from config import Settings
from spm.adapters.database import unit
from spm.domain.intake.reasons import Reason
from spm.domain.packs.content import Decision, PackContent
from spm.jobs.table import worker
from spm.models.audit import AuditEntryRow
from spm.models.identity import CredentialRow, SignInRow
from spm.models.intake import ImportChangeRow, ImportFileRow, ImportIssueRow, ImportRow
from spm.models.jobs import JobRow
from spm.models.packs import PackSignOffRow, ReviewPackRow
from spm.models.pipeline import DealEventRow, DealRow, SavedViewRow
from spm.models.targets import TargetAnswerRow, TargetRevisionRow, TargetRow
from tests.access.routes import MATRIX, _covers, places
from tests.access.world import ROLES, World
from tests.conftest import NOW
from tests.prove.figures import IS_LONG, report

WORD = re.compile(r"zq[a-z0-9]{4,40}qz", re.IGNORECASE)
READERS = ("rita", "otto", "abel", "nora")
"""Whose eyes the short form lends: a rep, a manager, an auditor, nobody."""
NOBODY = "nobody"
"""What no page shows to anybody."""


class Canaries:
    """The words, by whose they are and under which permission they may be read."""

    def __init__(self) -> None:
        self.may: dict[str, tuple[str, str]] = {}
        self.begins: dict[str, None] = {}

    def word(self, permission: str, person: str, place: str) -> str:
        """Return a new word.

        Its beginning, by which it may be looked for, is no word: an answer that only says again what
        was asked shows none.
        """
        begin = f"zq{place}{person}".replace("_", "").replace(" ", "")
        word = f"{begin}{len(self.may)}qz"
        self.begins[begin] = None
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
        _import(session, made, session.scalars(select(ImportRow)).one())
        for job in session.scalars(select(JobRow)):
            job.message = made.word("jobs.view", names[job.created_by or 0], "job")
        for row in session.scalars(select(CredentialRow)):
            row.password_hash = made.word(NOBODY, names[row.person_id], "hash")
        for name, number in world.people.items():
            view = made.word("own", name, "view")
            session.add(
                SavedViewRow(owner_id=number, name=view, name_key=view, question=f"q={view}")
            )
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


def _import(session: Session, made: Canaries, row: ImportRow) -> None:
    """What was handed in, what of it was refused, what it changed: whose it is cannot be known."""

    def word(place: str) -> str:
        return made.word("imports.view", "import", place)

    row.message = word("message")
    session.add(
        ImportFileRow(import_id=row.id, name=word("file"), digest="0" * 64, size=1, recognised={})
    )
    for is_refusal in (True, False):
        session.add(
            ImportIssueRow(
                import_id=row.id,
                file=word("issuefile"),
                line=2,
                column_name=word("column"),
                value=word("value"),
                reason=Reason.UNKNOWN_VALUE.value,
                facts={"value": word("fact")},
                is_refusal=is_refusal,
            )
        )
    session.add(
        ImportChangeRow(
            import_id=row.id,
            object="deal:1",
            field="name",
            before=word("was"),
            after=word("becomes"),
            is_local=True,
        )
    )


def _pack(session: Session, made: Canaries, row: ReviewPackRow, who: str, world: World) -> None:
    said = made.word("packs.view", who, "decision"), made.word("packs.view", who, "whose")
    content = PackContent.from_json(row.content)
    frozen = replace(
        content, decisions=(Decision(*said),), title=made.word("packs.view", who, "title")
    )
    row.content, row.digest = frozen.to_json(), frozen.digest
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
            parts = [
                words_of(file.read(name), "application/pdf" if name.endswith(".pdf") else "")
                for name in file.namelist()
            ]
        return set().union(*parts)
    else:
        found = body.decode("utf-8", "replace")
    return {word.lower() for word in WORD.findall(found)}


def addresses(app: Flask, world: World, canaries: Canaries) -> Iterator[str]:
    """Every page and file of every thing; every list asked for each kind of word; pages of errors."""
    with app.test_request_context():
        for place in places(app, world):
            if place.method == "GET":
                yield url_for(place.endpoint, **place.arguments)  # type: ignore[arg-type]
        plain = {
            rule.rule
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and not rule.arguments
        }
    begins = list(canaries.begins)
    for rule in sorted(plain):
        yield from (f"{rule}?q={begin}" for begin in begins[:: 3 if IS_LONG else len(begins) - 1])
    yield from looked_for(begins[:: 1 if IS_LONG else 4])
    words = list(canaries.may)
    for word in words[:: 1 if IS_LONG else 60]:
        yield f"/{word}"
        yield f"/deals?sort={word}"
        yield f"/deals/{word}"


def looked_for(begins: Iterable[str]) -> Iterator[str]:
    """What a search finds: words by their beginnings."""
    for begin in begins:
        yield f"/search?q={begin}"
        yield f"/deals?q={begin}"


@dataclass
class Reading:
    """What the readers were shown.

    Attributes:
        met: Words that somebody saw.
        leaks: Reader and address → words that were not for that reader.
    """

    asked: int = 0
    met: set[str] = field(default_factory=set)
    leaks: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))


def read_all(
    browsers: Mapping[str, FlaskClient],
    readers: Iterable[str],
    everywhere: Iterable[str],
    canaries: Canaries,
) -> Reading:
    """Let each reader open each address, and judge every word by the matrix."""
    known = {word.lower(): word for word in canaries.may}
    reading, asked = Reading(), list(everywhere)
    for reader in readers:
        for at in asked:
            answer = browsers[reader].get(at)
            reading.asked += 1
            assert answer.status_code < 500, (reader, at)
            told = {word.lower() for word in WORD.findall(at)}
            # A token made by chance may look like a word; only those that were hidden count.
            for word in (words_of(answer.data, answer.mimetype or "") & known.keys()) - told:
                reading.met.add(word)
                if not canaries.is_allowed(known[word], reader):
                    reading.leaks[reader, at].add(word)
            answer.close()
    return reading


def test_no_word_reaches_the_wrong_eyes(
    app: Flask,
    settings: Settings,
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
    if IS_LONG:  # the packs that were asked for in one go are made: their files are read, too
        here = worker(engine, lambda: NOW, settings.instance, timetable=None)
        while here.run_once():
            pass
    readers = ROLES if IS_LONG else READERS
    reading = read_all(browsers, readers, addresses(app, world, canaries), canaries)
    assert not reading.leaks, "\n".join(map(str, list(reading.leaks.items())[:20]))
    logged = {word.lower() for word in WORD.findall(caplog.text)} & reading.met
    assert not logged, sorted(logged)[:10]
    met = Counter(canaries.may[word][0] for word in canaries.may if word.lower() in reading.met)
    seen_by_somebody = {"deals.view", "targets.view", "packs.view", "imports.view", "audit.view"}
    assert set(met) >= seen_by_somebody
    report(
        "A3 canaries",
        words=len(canaries.may),
        met_by_somebody=len(reading.met),
        answers=reading.asked,
        leaks=0,
    )


def test_a_leak_that_is_planted_is_found(
    browsers: dict[str, FlaskClient], canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without this, a reading that finds nothing says little: here search forgets who may see what."""
    monkeypatch.setattr("spm.queries.pipeline.search.sees", lambda *_arguments: true())
    begins = [begin for begin in canaries.begins if "dealname" in begin]
    reading = read_all(browsers, ["rita"], looked_for(begins), canaries)
    assert {at for _reader, at in reading.leaks} >= {
        f"/search?q=zqdealname{name}" for name in ("sven", "moni", "mike", "uri", "hanna")
    }


def test_a_leak_that_is_planted_in_a_pack_is_found(
    app: Flask,
    world: World,
    browsers: dict[str, FlaskClient],
    canaries: Canaries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here whoever names a pack gets it, as PDF."""
    monkeypatch.setattr("spm.queries.packs.issued._in_sight", lambda *_arguments: true())
    with app.test_request_context():
        at = url_for("packs.download", pack_id=world.packs["sven"])
    reading = read_all(browsers, ["rita"], [at], canaries)
    assert reading.leaks
