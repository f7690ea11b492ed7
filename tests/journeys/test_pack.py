"""A manager hands a review pack out, the rep acknowledges it; everybody's come in one file."""

import re
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from spm.adapters.assets import VENDOR
from spm.adapters.database import unit
from spm.domain.ids import PersonId
from spm.domain.period import parse
from spm.models.jobs import JobRow
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.settings import get_organisation
from spm.queries.packs.runs import get_run
from spm.services import pack_runs
from spm.services.packs import How, default_as_of
from spm.services.work import Work
from tests.conftest import NOW
from tests.journeys.conftest import SignIn
from tests.journeys.house import PERIOD, House

needs_fonts = pytest.mark.skipif(
    not (VENDOR / "fonts" / "NotoSans-Regular.ttf").is_file(),
    reason="the fonts of the PDF are not fetched: run make setup",
)


@needs_fonts
def test_a_pack_is_issued_printed_and_acknowledged(sign_in: SignIn, house: House) -> None:
    manager = sign_in("manager")
    manager.goto(f"/scorecards/people/{house.people['pat']}?period={PERIOD}")
    manager.locator("main").get_by_role("link", name="Review pack").first.click()
    manager.wait_for_url(re.compile(r"/packs/new"))
    manager.locator("#first_words").fill("Call the lost ones again")
    manager.get_by_role("button", name="Issue").click()
    manager.wait_for_url(re.compile(r"/packs/\d+$"))
    address = manager.url
    with manager.expect_download() as waiting:
        manager.get_by_role("link", name="Download PDF").click()
    content = waiting.value.path().read_bytes()
    assert content.startswith(b"%PDF")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    assert "Pat Packer" in text
    assert "$1,000" in text

    rep = sign_in("pat")
    rep.goto("/packs")
    rep.locator(f'a[href$="/packs/{address.rpartition("/")[2]}"]').first.click()
    rep.get_by_label("Comment").fill("Read on the train.")
    rep.get_by_role("button", name="Acknowledge").click()
    rep.get_by_text("Read on the train.").wait_for()

    manager.goto(address)
    signed = manager.locator("#sign-off").inner_text()
    assert "Read on the train." in signed
    assert "Pat Packer" in signed


@needs_fonts
def test_the_packs_of_everybody_come_in_one_file(sign_in: SignIn, house: House) -> None:
    operations = sign_in("operations")
    operations.goto("/packs")
    operations.get_by_role("link", name="Packs of a team").first.click()
    operations.wait_for_url(re.compile(r"/packs/runs/new"))
    operations.get_by_role("button", name="Make the packs").click()
    operations.wait_for_url(re.compile(r"/packs/runs/\d+$"))
    operations.get_by_role("link", name="Download ZIP").wait_for()  # the page says by itself
    with operations.expect_download() as waiting:
        operations.get_by_role("link", name="Download ZIP").click()
    with ZipFile(waiting.value.path()) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert all(archive.read(name).startswith(b"%PDF") for name in names)
    for who in ("rita-rep", "taras-шевчук", "pat-packer", "北チーム"):
        assert [name for name in names if who in name], (who, names)


@needs_fonts
def test_packs_that_are_being_made_are_stopped(sign_in: SignIn, house: House) -> None:
    with unit(house.engine, writes=True) as session:
        organisation = get_organisation(session)
        asked_by = get_actor(session, PersonId(house.people["operations"]), date(2026, 11, 22))
        work = Work(session, asked_by, NOW, organisation)
        how = How(parse("2026-Q3"), default_as_of(work, parse("2026-Q3")), "en", "a4")
        run_id = pack_runs.ask(work, None, how, house.address)
        # Somebody else's worker has it, so that it is under way for as long as this takes.
        session.execute(
            update(JobRow)
            .where(JobRow.key == get_run(session, asked_by, run_id).key)
            .values(state="running", token="another", lease_until=NOW + timedelta(hours=1))
        )
    operations = sign_in("operations")
    operations.goto(f"/packs/runs/{run_id}")
    operations.get_by_role("progressbar").wait_for()
    operations.get_by_role("button", name="Stop").first.click()
    operations.get_by_role("dialog").get_by_role("button", name="Stop").click()
    operations.get_by_text("This was stopped.").wait_for()
    assert operations.get_by_role("button", name="Stop").count() == 0
