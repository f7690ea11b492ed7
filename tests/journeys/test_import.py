"""Sales operations loads what a CRM exports."""

from pathlib import Path

from tests.imports import written
from tests.journeys.conftest import SignIn

FILES = {
    "teams.csv": "sales_agent,manager,regional_office\nAnn Ames,Moira Beech,North\n",
    "products.csv": "product,series,sales_price\nMG One,MG,50.50\n",
    "deals.csv": (
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
        "D1,Ann Ames,MG One,Acme,Won,2017-01-10,2017-02-20,90\n"
        "D2,Ann Ames,MG One,Acme,Won,2017-01-10,someday,90\n"
    ),
}


def test_an_export_is_looked_at_and_loaded(sign_in: SignIn, tmp_path: Path) -> None:
    folder = written(tmp_path / "export", FILES)
    page = sign_in("operations")
    page.goto("/imports/new")
    page.get_by_label("Files").set_input_files([folder / name for name in FILES])
    page.get_by_role("button", name="Look at the files").click()
    confirm = page.get_by_role("button", name="Load the good rows")
    confirm.wait_for()

    seen = page.locator("main").inner_text()
    assert "1 of 4 rows would be refused." in seen
    assert "Nothing has been written yet." in seen
    assert "Opportunities with the dates of engagement and close" in seen
    assert "someday" in seen

    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download rows as CSV").click()
    lines = waiting.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0] == "File,Line,Column,Value,Reason,Refused,Rows"
    assert lines[1].startswith("deals.csv,3,close_date,someday,")

    confirm.click()
    page.get_by_text("4 rows were read, 1 refused.").wait_for()
    page.goto("/people")
    page.get_by_text("Ann Ames").first.wait_for()
