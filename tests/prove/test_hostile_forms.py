"""B2 hostile values in every field of every form; B6 what is exported is inert."""

import csv
import importlib
import io
import re
import secrets
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

import spm
from spm.web.fields import Form
from tests.access.acts import ACTS, Act, filled
from tests.access.routes import places
from tests.access.test_acts import Sender
from tests.access.world import World
from tests.prove.figures import IS_LONG, report, sized
from tests.prove.hostile import VALUES

ENDS = {"identity.sign_out", "account.sign_out_everywhere"}
TOKENS = {"once", "csrf_token", "version"}
LIVE = tuple("=+-@\t\r\n\0＝＋－＠")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@pytest.fixture
def database_url(story_url: str) -> str:
    """The story."""
    return story_url


def fields_of_classes() -> set[str]:
    """The names of the fields of every form class of the product."""
    for path in sorted(Path(spm.__path__[0]).glob("web/blueprints/*/forms.py")):
        importlib.import_module(f"spm.web.blueprints.{path.parent.name}.forms")
    found: set[str] = set()
    todo = list(Form.__subclasses__())
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        found |= {name for name in dir(kind) if hasattr(getattr(kind, name), "field_class")}
    return found - TOKENS


def sane(answer: TestResponse, what: object) -> TestResponse:
    """No server error, no traceback."""
    assert answer.status_code < 500, (what, answer.status_code)
    assert b"Traceback" not in answer.data, what
    return answer


def test_the_values_are_many_and_distinct() -> None:
    assert len(VALUES) >= 120


def test_no_value_in_any_field_of_any_form_breaks_the_product(
    app: Flask,
    world: World,
    browsers: dict[str, FlaskClient],
    turn_back: Callable[[], None],
) -> None:
    known = fields_of_classes()
    sent = stored = number = 0
    fields: set[str] = set()
    forms = [act for act in ACTS if act.endpoint not in ENDS]
    for act in forms:
        turn_back()
        sender = Sender(app, world, browsers[act.persona], act)
        form = sender.form()
        names = (set(filled(form, act.typed)) | (known & set(act.typed))) - TOKENS
        fields |= {f"{act.endpoint}.{name}" for name in names}
        for name in sorted(names):
            for value in _some(number):
                number += 1
                body = filled(form, act.typed)
                body |= {name: [value], "once": [secrets.token_urlsafe(18)]}
                answer = sane(sender.send(body), (act.endpoint, name, value[:60]))
                sent += 1
                if answer.status_code < 400:
                    stored += 1
                    sane(browsers[act.persona].get(sender.page, follow_redirects=True), name)
                    try:
                        form = sender.form()
                    except AssertionError:  # an act that is done once: its page offers it no more
                        turn_back()
                        form = sender.form()
        if IS_LONG:
            _read_everything(app, world, browsers["mona"])
    assert stored > 5
    report(
        "B2 forms",
        forms=len(forms),
        fields=len(fields),
        values=len(VALUES),
        sent=sent,
        stored=stored,
        server_errors=0,
    )


def _some(number: int) -> Iterator[str]:
    """Two values, in the long form 120 (as many as are promised), others each time."""
    for step in range(sized(2, 120)):
        yield VALUES[(number * 7 + step * 5) % len(VALUES)]


def _read_everything(app: Flask, world: World, browser: FlaskClient) -> int:
    read = 0
    with app.test_request_context():
        addresses = [
            url_for(place.endpoint, **place.arguments)  # type: ignore[arg-type]
            for place in places(app, world)
            if place.method == "GET" and place.expects("mona") == "allow"
        ]
    for at in dict.fromkeys(addresses):
        answer = sane(browser.get(at), at)
        assert answer.status_code != 404, at
        answer.close()
        read += 1
    return read


def _export(app: Flask, browser: FlaskClient, kind: str) -> bytes:
    with app.test_request_context():
        at = url_for("deals.export", kind=kind)
    answer = sane(browser.get(at), at)
    assert answer.status_code == 200
    return bytes(answer.data)


def test_what_was_stored_is_read_everywhere_and_its_files_are_inert(
    app: Flask, world: World, browsers: dict[str, FlaskClient], tmp_path: Path
) -> None:
    """In the long form LibreOffice, where it is installed, opens the files as well."""
    browser = browsers["mona"]
    act = next(act for act in ACTS if act.endpoint == "deals.create")
    sender = Sender(app, world, browser, Act("deals.create", "mona", typed=act.typed))
    stored = 0
    for value in VALUES:
        body = filled(sender.form(), {**act.typed, "owner": "rita"})
        body |= {"name": [value], "next_step": [value], "once": [secrets.token_urlsafe(18)]}
        stored += sane(sender.send(body), value[:60]).status_code < 400
    assert stored > 50
    read = _read_everything(app, world, browser)
    exports = {f"{kind}.{kind}": _export(app, browser, kind) for kind in ("csv", "xlsx")}
    cells, live = _live_cells(exports["csv.csv"])
    assert not live, live[:10]
    formulas = _formulas(exports["xlsx.xlsx"])
    assert cells > stored
    assert formulas == 0
    issued = browser.post(
        "/packs/new",
        data={
            "person_id": world.people["rita"],
            "period": "2026-Q4",
            "once": secrets.token_urlsafe(18),
        },
    )
    assert issued.status_code in {302, 303}, issued.text[:2000]
    pack = browser.get(issued.headers["Location"].rstrip("/") + "/pdf")
    assert pack.data[:5] == b"%PDF-"
    assert b"/JavaScript" not in pack.data
    assert b"/etc/passwd" not in pack.data
    report(
        "B6 exports",
        stored=stored,
        pages_read=read,
        csv_cells=cells,
        live_cells=0,
        xlsx_formulas=formulas,
    )
    if IS_LONG:
        _open_in_a_spreadsheet(exports, tmp_path)


def _open_in_a_spreadsheet(files: Mapping[str, bytes], folder: Path) -> None:
    """Let LibreOffice open files: what it takes for a formula or a link, and what each cell says then."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed: the rest of this test has passed")
    planted = {"planted.csv": b"name\n=1+1\n'=1+1\n"}
    found = {}
    for name, data in (planted | dict(files)).items():
        (folder / name).write_bytes(data)
        subprocess.run(
            [office, f"-env:UserInstallation=file://{folder / 'profile'}", "--headless",
             "--convert-to", "ods", "--outdir", str(folder / "out"), str(folder / name)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        with zipfile.ZipFile((folder / "out" / name).with_suffix(".ods")) as file:
            text = file.read("content.xml").decode("utf-8")
        found[name] = len(re.findall(r"table:formula|xlink:href", text))
    assert found == {"planted.csv": 1, "csv.csv": 0, "xlsx.xlsx": 0}
    before = load_workbook(folder / "xlsx.xlsx").active
    after = CalamineWorkbook.from_path(folder / "out" / "xlsx.ods").get_sheet_by_index(0)
    assert before is not None
    shown = [[_plain(cell) for cell in row] for row in after.to_python()]
    wanted = [[_plain(cell) for cell in row] for row in before.iter_rows(values_only=True)]
    assert shown == wanted
    cells = sum(map(len, wanted))
    report("B6 opened by LibreOffice", cells=cells, formulas=0, links=0, cells_changed=0)


def _plain(cell: object) -> str:
    """A cell as two readers of two kinds of file agree on it."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return "" if cell is None else f"{cell:g}" if isinstance(cell, int | float) else str(cell)


def _live_cells(body: bytes) -> tuple[int, list[str]]:
    """How many cells a CSV file has, and those that a spreadsheet would run."""
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    return len(cells), [c for c in cells if c.startswith(LIVE) and not NUMBER.fullmatch(c)]


def _formulas(body: bytes) -> int:
    """How many formulas and outside links a workbook has."""
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        parts = {name: file.read(name).decode("utf-8", "replace") for name in file.namelist()}
    assert not [name for name in parts if "external" in name.lower() or "vba" in name.lower()]
    return sum(len(re.findall(r"<f[ >]|<hyperlink|<ddeLink", text)) for text in parts.values())
