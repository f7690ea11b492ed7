"""A rep reads where they stand, opens a figure, wins a deal and sees the figure follow."""

from tests.journeys.conftest import SignIn


def test_a_figure_is_read_opened_and_moved(sign_in: SignIn) -> None:
    page = sign_in("rita")
    page.goto("/scorecards/mine")
    card = page.locator(".headline").first
    assert "$1,000" in card.inner_text()
    said = page.locator("main").inner_text()
    assert "of $4,000" in said
    assert "25%" in said
    assert "pace" in said
    assert page.locator("table.ladder").first.is_visible()

    card.locator("a").first.click()
    shown = page.get_by_role("dialog")
    assert "Renewal of Rita" in shown.get_by_role("region", name="Deals behind it").inner_text()
    shown.get_by_role("link", name="All of it as a page").click()
    page.get_by_role("heading", name="Deals behind it").wait_for()
    behind = page.get_by_role("region", name="Deals behind it")
    assert "Renewal of Rita" in behind.inner_text()
    assert "Extension of Rita" not in behind.inner_text()
    assert page.get_by_role("heading", name="Definition").is_visible()

    page.goto("/deals")
    page.get_by_role("link", name="Extension of Rita").first.click()
    page.locator(".stages").get_by_role("link", name="Won").click()
    page.get_by_role("button", name="Move").click()
    page.get_by_text("Won for $2,500").wait_for()

    page.goto("/scorecards/mine")
    assert "$3,500" in page.locator(".headline").first.inner_text()
    assert "88%" in page.locator("main").inner_text()
