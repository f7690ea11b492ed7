"""B8: no way back leads off the site."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.access.world import World
from tests.prove.figures import report

EVIL = "evil.example"
SLASHES = ["//", "///", "////", "/\\", "\\/", "\\\\", "/\\/", "\\\\/", "/\\\\", "//\\"]
BLANKS = [
    "/\t/",
    "/\n/",
    "/\r/",
    "\t//",
    "\n//",
    " //",
    "/ /",
    "/\x00/",
    "\x00//",
    "\x0b//",
    "\u00a0//",
]
ENCODED = [
    "/%2f",
    "/%5c",
    "%2f%2f",
    "/%09/",
    "/%0a/",
    "/%0d/",
    "/%00/",
    "/%2e%2e//",
    "/..//",
    "/.//",
    "/%252f",
]
SCHEMES = [
    "http://", "https://", "HTTPS://", "hTtP://", "http:/", "http:", "https:", "http:\\\\", "https:\\/",
    "ftp://", "//user@", "http://localhost@", "http://localhost:80@", "//localhost@", "http://localhost.",
    "http://localhost%00.", "http://localhost#@", "http://localhost?@", "http://localhost\\@",
]  # fmt: skip
OTHERS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "about:blank", "blob:x",
    "/deals\r\nLocation: http://evil.example", "/deals\nSet-Cookie: a=b", "/deals%0d%0aLocation:%20//evil.example",
    "／／evil.example", "/／evil.example", "//evil。example", "/@evil.example", "/.evil.example", "@evil.example",
    ".evil.example", "evil.example", "?next=//evil.example", "#//evil.example", "/static/../..//evil.example",
    "/sign-in/../..//evil.example", "/" + "a" * 5000, "http://[::1]@evil.example", "//[::ffff:1.2.3.4]",
    "http://0x7f000001@evil.example", "//1.2.3.4", "//evil", "/nowhere", "/sign-out", "/deals/\u202eelpmaxe.live//",
]  # fmt: skip
PAYLOADS = [
    *(f"{begin}{EVIL}" for begin in (*SLASHES, *BLANKS, *ENCODED, *SCHEMES)),
    *OTHERS,
]


def lands_at(location: str) -> str:
    """Where a browser goes: it drops tabs and line ends, trims controls, and takes \\ for /."""
    said = re.sub(r"[\t\r\n]", "", location).strip("".join(map(chr, range(33)))).replace("\\", "/")
    return urljoin("http://localhost/sign-in", re.sub(r"^/{2,}", "//", said))


@pytest.fixture
def database_url(story_url: str) -> str:
    """The story."""
    return story_url


def test_no_way_back_leads_off_the_site(world: World, browsers: dict[str, FlaskClient]) -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60
    for payload in PAYLOADS:
        for asked in ({"next": payload}, {"next": [payload, "/deals"]}):
            answer = browsers["rita"].get("/sign-in", query_string=asked)
            assert answer.status_code == 303, (payload, answer.status_code)
            location = answer.headers["Location"]
            parts = urlsplit(lands_at(location))
            assert (parts.scheme, parts.netloc) == ("http", "localhost"), (payload, location)
            assert set(answer.headers.getlist("Location")) == {location}
    kept = browsers["rita"].get("/sign-in", query_string={"next": "/deals?sort=name"})
    assert kept.headers["Location"] == "/deals?sort=name"
    report("B8 next=", payloads=len(PAYLOADS), off_site=0)
