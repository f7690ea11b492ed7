"""A manager hands a review pack out; the rep acknowledges it."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from spm.adapters.assets import VENDOR
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
