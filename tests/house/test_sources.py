"""What no module of the product does, and the few places where it is done."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.tree import HOUSE, Source, calls, dotted, imports, listed, sources, tracked

Rule = Callable[[Source], Iterator[str]]
RULES: dict[str, Rule] = {}

COMMIT_SITES = {
    "spm/adapters/database.py",  # unit(): commands and jobs
    "spm/adapters/migrations.py",
    "spm/request/work.py",  # the one commit of a request
}
CLOCK = "spm/adapters/clock.py"
FLOATS = {"spm/domain/ratio.py"}  # intervals
PROGRAMS = {"spm/adapters/workbooks.py"}  # reads a stranger's workbook in a process that may die
BY_NAME = {"spm/services/intake/writing.py"}  # the columns of a record that we mapped
MARKUP = {"spm/web/rendering.py", "spm/web/charts.py", "spm/web/marks.py"}
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "misc",
    "base_utils",
    "lib",
    "shared",
}
OUTSIDE = {"socket", "urllib.request", "http.client", "smtplib", "ftplib", "requests", "httpx"}


def rule(function: Rule) -> Rule:
    """Enter a rule; its name is the sentence."""
    RULES[function.__name__] = function
    return function


@rule
def annotations_are_real(source: Source) -> Iterator[str]:
    """Postponed ones break composites whose dataclass lives in another module."""
    for node, name in imports(source):
        if name == "__future__.annotations":
            yield source.at(node, "from __future__ import annotations")


@rule
def a_package_file_holds_its_docstring_only(source: Source) -> Iterator[str]:
    if source.name.endswith("__init__.py") and not (
        len(source.tree.body) == 1 and ast.get_docstring(source.tree)
    ):
        yield source.at(1, "more or less than a docstring")


@rule
def modules_are_named_for_what_they_hold(source: Source) -> Iterator[str]:
    for part in source.name.removesuffix(".py").split("/"):
        if part in VAGUE:
            yield source.at(1, f"a module named {part}")


@rule
def only_commit_sites_commit(source: Source) -> Iterator[str]:
    """A savepoint is none: it ends inside the unit."""
    savepoints = {
        dotted(target)
        for node in source.nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if dotted(node.value.func).endswith(".begin_nested")
        for target in node.targets
    }
    for node, name in calls(source):
        if (
            name.endswith(".commit")
            and source.name not in COMMIT_SITES
            and name.removesuffix(".commit") not in savepoints
        ):
            yield source.at(node, "commits")


@rule
def only_the_clock_reads_the_time(source: Source) -> Iterator[str]:
    forbidden = re.compile(
        r"(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime))$"
    )
    for node, name in calls(source):
        if forbidden.search(name) and source.name != CLOCK:
            yield source.at(node, f"{name}()")


@rule
def the_domain_makes_no_floats(source: Source) -> Iterator[str]:
    if not source.name.startswith("spm/domain/") or source.name in FLOATS:
        return
    for node, name in calls(source):
        if name in {"float", "math.sqrt", "math.exp", "math.log", "statistics.mean"}:
            yield source.at(node, f"{name}()")


@rule
def only_texts_builds_paragraphs(source: Source) -> Iterator[str]:
    """A Paragraph reads its text as markup and loads the files that it names."""
    for node, name in calls(source):
        if name.split(".")[-1] == "Paragraph" and source.name != "spm/reports/texts.py":
            yield source.at(node, "Paragraph()")


@rule
def only_reports_and_charts_draw(source: Source) -> Iterator[str]:
    for node, name in imports(source):
        if name.split(".")[0] == "reportlab" and not source.name.startswith(
            ("spm/reports/", "spm/web/charts")
        ):
            yield source.at(node, "imports reportlab")


@rule
def the_corners_of_reportlab_that_evaluate_are_left_alone(source: Source) -> Iterator[str]:
    """A pickle in a shared folder, and a formatter that evaluates what it is given."""
    for node, name in imports(source):
        if name.startswith(("reportlab.lib.fontfinder", "reportlab.lib.extformat")):
            yield source.at(node, name)


@rule
def patterns_are_escaped(source: Source) -> Iterator[str]:
    """What somebody searches for holds no wildcard: ``contains(..., autoescape=True)``."""
    if not source.name.startswith(("spm/queries/", "spm/services/")):
        return
    for node, name in calls(source):
        if name.split(".")[-1] in {"like", "ilike", "notlike", "notilike"}:
            yield source.at(node, f"{name}(): take contains or startswith with autoescape")
        escapes = {each.arg for each in node.keywords}
        if name.endswith(".contains") and "autoescape" not in escapes:
            yield source.at(node, f"{name}() without autoescape")


@rule
def columns_keep_what_they_are_given(source: Source) -> Iterator[str]:
    """SQLite makes floats of Numeric and loses the zone of DateTime."""
    if not source.name.startswith("spm/models/") or source.name == "spm/models/columns.py":
        return
    for node, name in imports(source):
        if name in {f"sqlalchemy.{kind}" for kind in ("Float", "Numeric", "Double", "DateTime")}:
            yield source.at(node, name)


@rule
def markup_is_made_in_few_places(source: Source) -> Iterator[str]:
    for node, name in calls(source):
        if name.split(".")[-1] == "Markup" and source.name not in MARKUP:
            yield source.at(node, "Markup()")


@rule
def sql_is_not_put_together_from_text(source: Source) -> Iterator[str]:
    if source.name.startswith("spm/reports/"):  # there, text() draws
        return
    for node, name in calls(source):
        called = name.split(".")[-1]
        if called not in {"text", "exec_driver_sql", "literal_column"} or not node.args:
            continue
        first = node.args[0]
        is_ours = called == "exec_driver_sql" and source.name == "spm/adapters/database.py"
        if isinstance(first, ast.JoinedStr | ast.BinOp) and not is_ours:
            yield source.at(node, f"{called}() of a text with blanks")


@rule
def rows_are_locked_in_one_way(source: Source) -> Iterator[str]:
    """``LOCK`` stops who would change the row, and not who writes one that refers to it; or ``SHARED``."""
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        given = {each.arg: ast.unparse(each.value) for each in node.keywords}
        asks = dotted(node.func).endswith(".with_for_update")
        way = given.get(None) if asks else given.get("with_for_update", "LOCK")
        if way not in {"LOCK", "SHARED"}:
            yield source.at(node, "locks a row, not by LOCK")


@rule
def rows_are_selected_in_the_new_way(source: Source) -> Iterator[str]:
    for node, name in calls(source):
        if re.search(r"(session|db)\.query$", name):
            yield source.at(node, f"{name}()")


@rule
def forms_name_their_fields(source: Source) -> Iterator[str]:
    for node, name in calls(source):
        is_by_name = name == "setattr" and source.name not in BY_NAME
        if name.endswith(".populate_obj") or is_by_name:
            yield source.at(node, f"{name}() sets what a visitor names")


@rule
def numbers_and_ids_come_through_our_own_fields(source: Source) -> Iterator[str]:
    """WTForms takes NaN for a decimal; Werkzeug takes 4,000 digits for an int."""
    for node, name in imports(source):
        if name.split(".")[0] == "wtforms" and name.split(".")[-1] in {
            "DecimalField", "FloatField", "IntegerField",
        }:  # fmt: skip
            yield source.at(node, name)
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"""["'/]<int(\(.*\))?:""", line) and "route" in line:
            yield source.at(number, "<int:...> in a route: take <id:...>")


@rule
def other_programs_are_started_in_one_place(source: Source) -> Iterator[str]:
    for node, name in imports(source):
        if name == "subprocess" and source.name not in PROGRAMS:
            yield source.at(node, "imports subprocess")


@rule
def only_adapters_reach_outside(source: Source) -> Iterator[str]:
    for node, name in imports(source):
        if name in OUTSIDE and not source.name.startswith("spm/adapters/"):
            yield source.at(node, f"imports {name}")


@rule
def chance_is_for_the_demo(source: Source) -> Iterator[str]:
    for node, name in imports(source):
        if name == "random" and not source.name.startswith("spm/services/demo"):
            yield source.at(node, "imports random; tokens come from secrets")


@rule
def the_environment_is_read_by_settings(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
            yield source.at(node, "reads the environment")


@rule
def services_and_queries_let_errors_out(source: Source) -> Iterator[str]:
    if not source.name.startswith(("spm/services/", "spm/queries/", "spm/domain/")):
        return
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
        ):
            yield source.at(node, "catches everything")


@rule
def nothing_is_left_to_do(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError", line):
            yield source.at(number, line.strip())


@pytest.mark.parametrize("name", RULES)
def test_the_product_keeps_the_rule(name: str) -> None:
    findings = [found for source in sources("spm/") for found in RULES[name](source)]
    assert not findings, "\n".join(findings)


BROKEN = {
    "annotations_are_real": "from __future__ import annotations",
    "only_commit_sites_commit": "session.commit()",
    "only_the_clock_reads_the_time": "datetime.now(UTC)",
    "only_texts_builds_paragraphs": "Paragraph(name)",
    "markup_is_made_in_few_places": "Markup(name)",
    "sql_is_not_put_together_from_text": "text(f'SELECT {name}')",
    "rows_are_locked_in_one_way": "session.get(DealRow, 1, with_for_update=True)",
    "rows_are_selected_in_the_new_way": "session.query(DealRow)",
    "forms_name_their_fields": "form.populate_obj(row)",
    "numbers_and_ids_come_through_our_own_fields": "from wtforms import DecimalField",
    "other_programs_are_started_in_one_place": "import subprocess",
    "only_adapters_reach_outside": "import urllib.request",
    "chance_is_for_the_demo": "import random",
    "the_environment_is_read_by_settings": "os.environ['X']",
    "nothing_is_left_to_do": "raise NotImplementedError",
    "only_reports_and_charts_draw": "import reportlab.lib",
    "the_corners_of_reportlab_that_evaluate_are_left_alone": "import reportlab.lib.extformat",
    "patterns_are_escaped": "row.name.contains(typed)",
}


@pytest.mark.parametrize(("name", "text"), BROKEN.items())
def test_a_rule_finds_what_breaks_it(name: str, text: str) -> None:
    source = Source("spm/queries/example.py")
    source.__dict__["text"] = text
    assert list(RULES[name](source))


def test_a_column_of_floats_is_found() -> None:
    source = Source("spm/models/example.py")
    source.__dict__["text"] = "from sqlalchemy import Numeric"
    assert list(columns_keep_what_they_are_given(source))


def test_a_domain_with_a_float_is_found() -> None:
    source = Source("spm/domain/example.py")
    source.__dict__["text"] = "share = float(won) / 3"
    assert list(the_domain_makes_no_floats(source))


def test_tests_take_real_annotations_too() -> None:
    findings = [
        found
        for folder in ("tests/", "migrations/", "setup/", "bench/")
        for source in sources(folder)
        for found in annotations_are_real(source)
    ]
    assert not findings, "\n".join(findings)


MACHINE = re.compile(
    r"(?<![\w.\-/])/(?:work|farm|root|home/\w+)/"  # a folder of one machine
    r'|"resolved": *"https?:'
    r"|--(?:(?:extra-)?index-url|trusted-host|find-links)"
    r"|files\.pythonhosted\.|pypi\.[o]rg|registry\.npmjs"
)


def test_no_file_names_a_machine_or_a_registry() -> None:
    findings = []
    for name in tracked():
        if (
            name.endswith((".png", ".pdf", ".ico", ".xlsx", ".mo"))
            or name == "tests/house/test_sources.py"
        ):
            continue
        for number, line in enumerate(Source(name).text.splitlines(), 1):
            if MACHINE.search(line):
                findings.append(f"{name}:{number}: {line.strip()[:120]}")
    assert not findings, "\n".join(findings)


def test_no_tracked_file_is_a_link() -> None:
    """A link leads to a place on one machine."""
    assert not [name for name in listed() if (HOUSE / name).is_symlink()]
