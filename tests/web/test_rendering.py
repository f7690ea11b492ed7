"""What templates are given: words, figures, icons, addresses, and for whom."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from jinja2 import UndefinedError
from markupsafe import Markup

from spm.domain.money import Money
from spm.web import marks, rendering
from spm.web.navigation import NAVIGATION, here, kept, places, way_back
from spm.web.rendering import Viewer, device_locale, device_viewer, render

HOUSE = Path(__file__).parents[2]
READER = Viewer(
    name="佐藤 美咲",
    zone=ZoneInfo("Asia/Tokyo"),
    organisation="Hoshi & Söhne",
    may=lambda permission: permission != "audit.view",
    may_all=lambda _permission: False,
)


@pytest.fixture
def app() -> Flask:
    """An application with a few places and the templates of the house."""
    app = Flask(
        "rendering",
        template_folder=str(HOUSE / "templates"),
        static_folder=str(HOUSE / "spm" / "static"),
    )
    app.config.update(SECRET_KEY="rendering", WTF_CSRF_ENABLED=False)
    rendering.install(app, lambda: replace(READER, locale=device_locale()))
    for endpoint in (
        "scorecards.mine",
        "scorecards.organisation",
        "deals.list",
        "deals.show",
        "audit.list",
    ):
        app.add_url_rule(f"/{endpoint}", endpoint, lambda: "")
    return app


def drawn(app: Flask, source: str, **context: object) -> str:
    """Return a template of one line as the reader sees it."""
    with app.test_request_context("/deals.list?period=2026-Q4&sort=name&page=3&tag=a&tag=b"):
        return app.jinja_env.from_string(source).render(context)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ v | money }}", "€12.50"),
        ("{{ none | money }}", "–"),
        ("{{ 0.825 | percent }}", "82%"),
        ("{{ none | percent }}", "–"),
        ("{{ 1234 | number }}", "1,234"),
        ("{{ 2.9 | times }}", "2.9×"),
        ("{{ d | date }}", "18 Dec 2026"),
        ("{{ i | datetime }}", "19 Dec 2026, 00:30"),
        ("{{ '2026-Q4' | period }}", "Q4 2026"),
        ("{{ none | interval }}", "–"),
    ],
)
def test_a_value_is_written_in_the_readers_way(app: Flask, source: str, expected: str) -> None:
    values = {
        "v": Money("EUR", 1250),
        "d": date(2026, 12, 18),
        "i": datetime(2026, 12, 18, 15, 30, tzinfo=UTC),
    }
    assert drawn(app, source, **values) == expected


def test_a_name_that_is_not_there_fails_loudly(app: Flask) -> None:
    with pytest.raises(UndefinedError):
        drawn(app, "{{ nobody }}")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ _('Of %(name)s', name=name) }}", "Of &lt;b&gt;"),
        ("{{ _('100 % of it') }}", "100 % of it"),
        ("{{ _('<i>') }}", "&lt;i&gt;"),
        ("{{ name | spoken }}", "&lt;b&gt;"),
        ("{{ _('By %(link)s', link=link) }}", "By <a>Ada</a>"),
        ("{{ ngettext('%(num)s row', '%(num)s rows', 8800) }}", "8,800 rows"),
        ("{% trans %}50 % of {{ name }}{% endtrans %}", "50 % of &lt;b&gt;"),
        ("{% trans %}50 % done{% endtrans %}", "50 % done"),
        ("{% trans n=2 %}{{ n }} deal{% pluralize %}{{ n }} deals{% endtrans %}", "2 deals"),
    ],
)
def test_words_and_what_fills_them_are_text(app: Flask, source: str, expected: str) -> None:
    assert drawn(app, source, name="<b>", link=Markup("<a>Ada</a>")) == expected


def test_an_icon_is_hidden_or_named(app: Flask) -> None:
    assert 'aria-hidden="true"' in drawn(app, "{{ icon('flag') }}")
    assert 'aria-label="&lt;x&gt;"' in drawn(app, "{{ icon('flag', label='<x>') }}")


def test_a_static_file_is_asked_for_by_its_digest(app: Flask) -> None:
    assert "?v=" in drawn(app, "{{ asset('css/tokens.css') }}")
    assert drawn(app, "{{ asset('css/none.css') }}") == "/static/css/none.css"


def test_an_address_keeps_its_question(app: Flask) -> None:
    with app.test_request_context("/deals.list?period=2026-Q4&sort=name&page=3&tag=a&tag=b"):
        assert here() == "/deals.list?period=2026-Q4&sort=name&tag=a&tag=b"
        assert here(page=4).endswith("&page=4")
        assert here(sort=None, tag=("c",)) == "/deals.list?period=2026-Q4&tag=c"
        assert kept("period", "sort") == [("tag", "a"), ("tag", "b")]


def test_an_address_cannot_be_bent_by_its_query(app: Flask) -> None:
    with app.test_request_context("/deals.list?_scheme=javascript&_external=1&_anchor=x"):
        assert here().startswith("/deals.list?")


@pytest.mark.parametrize(
    "raw",
    ["//evil.example", "/\\evil.example", "///evil.example", "https://evil.example", "javascript:x",
     "/%09/evil", "/\t/evil.example", "/nowhere", "", "evil", "/deals.list\r\nX: y", "/" + "a" * 3000,
     "/deals.list\\", "\\\\evil", "/.evil.example", "/@evil.example", "http:/deals.list", " /deals.list"],
)  # fmt: skip
def test_no_way_leads_elsewhere(app: Flask, raw: str) -> None:
    with app.test_request_context("/"):
        assert way_back(raw) == "/"


@pytest.mark.parametrize("raw", ["/deals.list", "/deals.list?sort=-name", "/deals.show#x"])
def test_a_way_to_a_page_of_ours_is_kept(app: Flask, raw: str) -> None:
    with app.test_request_context("/"):
        assert way_back(raw) == raw
        assert way_back(None) == "/"


def test_the_rail_shows_what_exists_and_may_be_seen(app: Flask) -> None:
    with app.test_request_context("/deals.list"):
        found = places(READER.may, READER.may_all, sells=True)
        sells_nothing = places(READER.may, READER.may_all, sells=False)
    assert [place.label for place in found] == ["My scorecard", "Deals"]
    assert [place.label for place in sells_nothing] == ["Deals"]
    assert [place.is_current for place in found] == [False, True]


def test_a_place_is_current_on_the_pages_below_it(app: Flask) -> None:
    with app.test_request_context("/deals.show"):
        found = places(READER.may, READER.may_all, sells=True)
    assert [place.label for place in found if place.is_current] == ["Deals"]


def test_a_destination_asks_for_a_permission_that_exists() -> None:
    from spm.domain.access import Permission

    asked = {each.permission for each in NAVIGATION if each.permission is not None}
    assert asked <= {each.value for each in Permission}


@pytest.mark.parametrize(
    ("cookie", "header", "expected"),
    [("ko", "ja", "ko"), ("xx", "ja", "ja"), ("", "uk-UA,en;q=0.5", "uk"), ("", "", "en")],
)
def test_a_device_says_its_language(app: Flask, cookie: str, header: str, expected: str) -> None:
    headers = {"Accept-Language": header, "Cookie": f"language={cookie}"}
    with app.test_request_context("/", headers=headers):
        assert device_locale() == expected


@pytest.mark.parametrize(
    ("cookie", "expected"), [("dark", "dark"), ('"><script>', "auto"), ("", "auto")]
)
def test_a_device_says_its_theme(app: Flask, cookie: str, expected: str) -> None:
    with app.test_request_context("/", headers={"Cookie": f"theme={cookie}"}):
        assert device_viewer().theme == expected


def test_a_page_has_its_frame_and_its_tokens(app: Flask) -> None:
    with app.test_request_context("/deals.list"):
        page = render(
            "errors/error.html",
            title="Nothing <here>",
            said="No",
            advice=None,
            status=404,
            request_id=None,
        )
    assert "Nothing &lt;here&gt;" in page
    assert "Hoshi &amp; Söhne" in page
    assert 'hx-headers=\'{"X-CSRFToken":' in page
    assert '"selfRequestsOnly": true' in page
    assert '"historyCacheSize": 0' in page
    assert "<script>" not in page
    assert " style=" not in page


def test_every_answer_varies_by_what_asked(app: Flask) -> None:
    response = app.test_client().get("/deals.list")
    assert "HX-Request" in response.vary


@pytest.mark.parametrize(
    ("attained", "paced", "fill", "target", "pace"),
    [
        (Decimal("0.5"), Decimal("0.25"), 100, 198.8, 49),
        (None, None, None, 198.8, None),
        (Decimal("-0.2"), None, 0, 198.8, None),
        (Decimal(2), None, 192.31, 95.55, None),
    ],
)
def test_a_bullet_bar_is_zero_based_and_holds_what_exceeds_it(
    attained: Decimal | None,
    paced: Decimal | None,
    fill: float | None,
    target: float,
    pace: float | None,
) -> None:
    assert marks.bullet(attained, paced) == marks.BulletMarks(fill, target, pace)


def test_a_sparkline_breaks_where_nothing_is_known() -> None:
    drawn = marks.spark((1, 2, None, 3, None, 4, 5))
    assert len(drawn.lines) == 2
    assert len(drawn.dots) == 1
    assert drawn.last is not None
    assert marks.spark((None, None)) == marks.SparkMarks((), (), None, None)
    assert marks.spark((0, 0)).last is not None
