"""A5 what is forbidden does not exist; A7 no parameter tells of what may not be read."""

import re
import statistics
import time
from collections import defaultdict

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from spm.models.base import Base
from spm.models.columns import Privacy
from tests.access.routes import MISSING, Place, places
from tests.access.world import ROLES, World
from tests.prove.figures import IS_LONG, report, sized

TOKENS = re.compile(r"[A-Za-z0-9_.-]{24,}|value=\"[^\"]*\"")
PERSONAS = ("rita", "ada")


@pytest.fixture
def database_url(story_url: str) -> str:
    """The story."""
    return story_url


def address(app: Flask, place: Place) -> str:
    with app.test_request_context():
        return url_for(place.endpoint, **place.arguments)  # type: ignore[arg-type]


def seen(answer: TestResponse, number: object) -> tuple[int, str, dict[str, str]]:
    """All of an answer but what differs from one request to the next, and the number asked for."""
    body = answer.get_data().decode("utf-8", "replace")
    text = TOKENS.sub("", re.sub(rf"(?<=/|F){number}(?![0-9])", "N", body))
    headers = {k: v for k, v in answer.headers if k not in {"Set-Cookie", "Content-Length"}}
    answer.close()
    return answer.status_code, text, headers


def test_what_is_forbidden_looks_like_what_is_not_there(
    app: Flask, world: World, browsers: dict[str, FlaskClient]
) -> None:
    kinds: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in places(app, world):
        kinds[place.endpoint, place.method].append(place)
    compared, wrong = 0, []
    for kind, found in kinds.items():
        missing = next((each for each in found if each.subject == "missing"), None)
        if missing is None:
            continue
        for persona in ROLES if IS_LONG else PERSONAS:
            browser = browsers[persona]
            expected = None
            for place in found:
                if place.subject == "missing" or place.expects(persona) != "hide":
                    continue
                if expected is None:
                    expected = seen(browser.open(address(app, missing), method=kind[1]), MISSING)
                (number,) = [
                    value
                    for name, value in place.arguments.items()
                    if missing.arguments[name] != value
                ]
                got = seen(browser.open(address(app, place), method=kind[1]), number)
                compared += 1
                if got != expected:
                    wrong.append((persona, kind, place.subject, got[0], expected[0]))
    assert not wrong, "\n".join(map(str, wrong[:30]))
    report("A5 forbidden = not there", answers_compared=compared, different=0)


def apart(browser: FlaskClient, two: list[str], tries: int) -> float:
    """Return by how many seconds the medians of two addresses differ, asked in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(2 * tries + 2):
        began = time.perf_counter()
        browser.get(two[number % 2]).close()
        if number >= 2:
            taken[number % 2].append(time.perf_counter() - began)
    return abs(statistics.median(taken[0]) - statistics.median(taken[1]))


@pytest.mark.timed
def test_what_is_forbidden_takes_as_long_as_what_is_not_there(
    app: Flask, world: World, browsers: dict[str, FlaskClient]
) -> None:
    tries, worst = sized(15, 200), 0.0
    for endpoint, argument, things in (
        ("deals.show", "deal_id", world.deals),
        ("targets.show", "target_id", world.targets),
        ("packs.show", "pack_id", world.packs),
        ("scorecards.person", "person_id", world.people),
    ):
        with app.test_request_context():
            two = [url_for(endpoint, **{argument: number}) for number in (things["sven"], MISSING)]  # type: ignore[arg-type]
        difference = min(apart(browsers["rita"], two, tries) for _best_of_three in range(3))
        print(endpoint, round(difference * 1000, 2))
        worst = max(worst, difference)
    assert worst < 0.005
    report("A5 time", tries=tries, greatest_difference_of_medians_ms=round(worst * 1000, 2))


ORACLES = (
    "sort",
    "order",
    "order_by",
    "filter",
    "group",
    "group_by",
    "fields",
    "by",
    "columns",
    "include",
)


def test_no_parameter_tells_of_what_may_not_be_read(
    app: Flask, world: World, browsers: dict[str, FlaskClient]
) -> None:
    """Refused with 422; or not a question of that page at all, whose answer is then the same."""
    names = sorted(
        {
            name
            for table in Base.metadata.sorted_tables
            for column in table.columns
            if column.info["privacy"] is not Privacy.NONE
            for name in (column.name, f"{table.name}.{column.name}")
        }
    )
    assert len(names) > 100
    tried, refused, wrong = 0, 0, []
    pages = {
        place.endpoint: place
        for place in places(app, world)
        if place.method == "GET" and place.expects("mona") == "allow"
    }
    for place in pages.values():
        at = address(app, place)
        join = "&" if "?" in at else "?"
        browser = browsers["mona"]
        plain = seen(browser.get(at), -1)
        if plain[0] != 200:
            continue
        for number, parameter in enumerate(ORACLES if IS_LONG else ORACLES[::3]):
            for name in names[number :: 10 if IS_LONG else len(names) // 2]:
                for question in (f"{parameter}={name}", f"{parameter}=-{name}", f"{name}__gt=1"):
                    tried += 1
                    got = seen(browser.get(f"{at}{join}{question}"), -1)
                    refused += got[0] == 422
                    is_same = got[0] == 200 and _bare(got[1]) == _bare(plain[1])
                    if got[0] != 422 and not is_same and not name.startswith(("name", "email")):
                        wrong.append((at, question, got[0]))
                    if not IS_LONG:
                        break
    assert not wrong, "\n".join(map(str, wrong[:30]))
    report("A7 sort, filter, group", questions=tried, refused=refused, answered_otherwise=0)


def _bare(page: str) -> str:
    """What a page says, without its marks, whose links keep the question that was asked."""
    return re.sub(r"<[^>]*>", "", page)
