"""``spm import``: load files that a CRM exported."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spm.cli.context import Context
from spm.domain.errors import Invalid
from spm.domain.intake import layouts
from spm.domain.intake.cells import Issue
from spm.domain.intake.dates import DateOrder
from spm.domain.intake.formats import Reading
from spm.domain.intake.layouts import Layout
from spm.domain.intake.numbers import DecimalMark
from spm.domain.intake.said import LayoutInvalid
from spm.domain.intake.toml import text_of
from spm.i18n.labels import label, remark
from spm.services.intake.drafting import draft
from spm.services.intake.imports import Options, Outcome, digest_of, load
from spm.services.intake.inspection import (
    Inspection,
    NoSuchFile,
    Recognised,
    gather,
    inspect,
    shipped_tiers,
    survey,
)

Json = dict[str, Any]

REFUSED = 1
_SHOWN = 20
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_DELIMITER_NAMES = {character: name for name, character in _DELIMITERS.items()}


class DelimiterUnknown(Invalid):
    """No file is delimited by this."""

    code = "import.delimiter-unknown"


def configure(parser: ArgumentParser) -> None:
    """Add the arguments; docs/importing.md explains them."""
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a file, or a folder of files")
    parser.add_argument("--mapping", metavar="FILE.toml", help="a layout of your own, tried first")
    parser.add_argument(
        "--draft",
        action="store_true",
        help="print a mapping to begin with, for files of unknown layouts; load nothing",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would happen, keep nothing"
    )
    parser.add_argument(
        "--all-or-nothing", action="store_true", help="load nothing if a row is refused"
    )
    parser.add_argument("--currency", metavar="C", help="of amounts that name none")
    parser.add_argument(
        "--encoding", metavar="NAME", help="of the text files; recognised if left out"
    )
    parser.add_argument("--delimiter", metavar="D", help="comma, semicolon, tab, pipe, or itself")
    parser.add_argument("--decimal", choices=[mark.value for mark in DecimalMark])
    parser.add_argument("--date-order", choices=[order.value for order in DateOrder])
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="what these sources brought is yours from now on: their next import leaves it",
    )
    parser.add_argument("--json", action="store_true", help="print the result for a program")


def run(arguments: Namespace, context: Context) -> int:
    """Load the files; return 0, or 1 where a row was refused or a file could not be read.

    Raises:
        Invalid: A file, a layout or an argument cannot be used.
    """
    reading = Reading(
        encoding=arguments.encoding,
        delimiter=_delimiter(arguments.delimiter),
        decimal_mark=DecimalMark(arguments.decimal) if arguments.decimal else None,
        date_order=DateOrder(arguments.date_order) if arguments.date_order else None,
    )
    tiers = [(_layout(Path(arguments.mapping)),)] if arguments.mapping else []
    given, left_out = gather([Path(path) for path in arguments.paths], reading)
    if arguments.draft:
        all_tiers = (*tiers, *shipped_tiers())
        found = survey(given, lambda _file, _header: all_tiers, left_out, has_samples=True)
        print("\n".join(_drafted(found)))
        return 0
    inspection = inspect(given, tiers, left_out)
    options = Options(
        is_all_or_nothing=arguments.all_or_nothing,
        currency=arguments.currency.upper() if arguments.currency else None,
        takes_over=arguments.take_over,
        is_dry_run=arguments.dry_run,
    )
    with context.unit(writes=True) as work:
        outcome = load(work, inspection, options)
    if arguments.json:
        print(json.dumps(as_json(outcome, options), ensure_ascii=False, indent=1))
    else:
        print("\n".join(as_lines(outcome, options)))
    return 0 if outcome.is_whole else REFUSED


def _delimiter(said: str | None) -> str | None:
    if said is None:
        return None
    delimiter = _DELIMITERS.get(said.casefold(), "\t" if said == "\\t" else said)
    if delimiter not in _DELIMITER_NAMES:
        raise DelimiterUnknown(delimiter=said)
    return delimiter


def _layout(path: Path) -> Layout:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise LayoutInvalid(where=str(path), reason="not-utf-8") from None
    except OSError:
        raise NoSuchFile(file=str(path)) from None
    return layouts.parse(text, path.name)


def _drafted(inspection: Inspection) -> Iterator[str]:
    """Yield the lines of a mapping, with comments on what nobody can know but who has the files."""
    layout, tables = draft(inspection)
    yield "# A draft for spm import --mapping: look at it, complete it, and try it with --dry-run."
    for one in tables:
        yield f"# {_said(one.file)}: taken for rows of the kind {one.kind.value}"
        if one.unused:
            yield f"#   not used: {', '.join(map(_said, one.unused))}"
        if one.missing:
            yield f"#   left out, since no column was found for: {', '.join(one.missing)}"
    if layout is not None:
        yield ""
        yield text_of(layout).rstrip("\n")


def _said(text: str) -> str:
    """A name out of a file, on one line and without what no comment of TOML may hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def as_json(outcome: Outcome, options: Options) -> Json:
    """Return the result as docs/importing.md describes it."""
    inspection = outcome.inspection
    return {
        "loaded": outcome.is_loaded,
        "dry_run": options.is_dry_run,
        "import_id": outcome.import_id,
        "digest": digest_of(inspection),
        "files": [_file(one, inspection) for one in inspection.recognised],
        "left_out": [{"file": one.file, "reason": one.reason.value} for one in outcome.left_out],
        **outcome.counts(),
        "refusals": [_issue(issue) for issue in outcome.refusals],
        "warnings": [_issue(issue) for issue in outcome.warnings],
        "notes": [{"note": note.value, **facts} for note, facts in outcome.notes],
        "changes": [
            {
                "object": change.thing,
                "field": change.field,
                "before": change.before,
                "after": change.after,
                "local": change.is_local,
            }
            for change in outcome.changes
        ],
    }


def _file(one: Recognised, inspection: Inspection) -> Json:
    return {
        "file": one.table.file,
        "digest": inspection.digests[one.given.name],
        "layout": one.binding.layout.id,
        "table": one.binding.table.id,
        "grade": one.binding.layout.grade,
        "verified": one.binding.layout.is_verified,
        "rows": one.rows,
        "encoding": one.table.encoding,
        "delimiter": one.table.delimiter,
        "decimal": one.formats.decimal_mark.value,
        "decimal_ambiguous": one.formats.is_decimal_ambiguous,
        "date_order": one.formats.date_order.value,
        "date_order_ambiguous": one.formats.is_date_ambiguous,
        "unused": list(one.binding.unused),
    }


def _issue(issue: Issue) -> Json:
    return {
        "file": issue.file,
        "line": issue.line,
        "column": issue.column,
        "value": issue.value,
        "reason": issue.reason.value,
        "facts": dict(issue.facts),
    }


def as_lines(outcome: Outcome, options: Options) -> Iterator[str]:
    """Yield the result for people."""
    for one in outcome.inspection.recognised:
        yield _recognised(one)
    for left in outcome.left_out:
        yield f"{left.file}: left out, {label(left.reason)}"
    for note, facts in outcome.notes:
        yield f"{remark(note, facts)}."
    yield ""
    yield from _counts(outcome)
    yield from _issues(outcome.warnings, "Worth a look")
    yield from _issues(outcome.refusals, "Refused")
    if len(outcome.refusals) > _SHOWN:
        yield f"  … {len(outcome.refusals) - _SHOWN:,} more (--json lists them)"
    yield ""
    yield _result(outcome, options)


def _recognised(one: Recognised) -> str:
    said = [f"{one.rows:,} rows"]
    if not one.binding.layout.is_verified:
        said.append(f"layout {one.binding.layout.id} is NOT verified: look at what it made of it")
    if one.table.encoding:
        name = one.table.encoding.removesuffix("-sig")
        said.append(f"{name}, {_DELIMITER_NAMES.get(one.table.delimiter or '', '?')}-delimited")
    said.append(f"decimal {one.formats.decimal_mark.value}")
    if one.formats.is_decimal_ambiguous:
        said.append("which is a guess: say --decimal")
    said.append(f"dates {label(one.formats.date_order)}")
    if one.formats.is_date_ambiguous:
        said.append("which is a guess: say --date-order")
    return f"{one.table.file}: {one.binding.table.title} ({'; '.join(said)})"


def _counts(outcome: Outcome) -> Iterator[str]:
    for kind, counts in _rows(outcome.counts()["kinds"]):
        said = ", ".join(f"{number:,} {word}" for word, number in counts.items() if number)
        yield f"{kind}: {said or 'nothing'}"


def _rows(kinds: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, Mapping[str, int]]]:
    for kind, counts in kinds.items():
        yield kind.replace("_", " "), counts


def _issues(issues: Sequence[Issue], title: str) -> Iterator[str]:
    if not issues:
        return
    yield ""
    yield f"{title}:"
    for issue in issues[:_SHOWN]:
        column = f", {issue.column}" if issue.column else ""
        value = f" “{issue.value}”" if issue.value else ""
        words = remark(issue.reason, issue.facts)
        rows = issue.facts.get("rows") if not issue.is_refusal else None
        often = f" ({rows:,} rows, first here)" if isinstance(rows, int) and rows > 1 else ""
        yield f"  {issue.file}, line {issue.line}{column}{value}: {words}{often}"


def _result(outcome: Outcome, options: Options) -> str:
    rows = f"{outcome.inspection.rows:,} rows"
    refused = f"{outcome.refused:,} refused"
    if options.is_dry_run:
        return f"Nothing was written. {rows}, {refused} would be the result."
    if not outcome.is_loaded:
        why = "rows were refused" if outcome.refused else "a file could not be read"
        return f"Nothing was loaded, since {why} ({rows}, {refused})."
    changed = f"{len(outcome.changes):,} changed fields"
    return f"Import {outcome.import_id}: {rows}, {refused}, {changed}."
