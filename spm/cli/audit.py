"""``spm audit``: check that the log of who did what is as it was written, and publish its head."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from spm.cli.context import Context
from spm.domain.audit import Head, HeadRefused, Verdict
from spm.i18n.labels import label
from spm.queries.audit import audit_head
from spm.services.audit import verify
from spm.services.intake.inspection import NoSuchFile

CHANGED = 1
"""Exit status where the log is not as it was written."""


def configure(parser: ArgumentParser) -> None:
    """Describe the arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    head = acts.add_parser("head", help="print the head of the log, to be kept somewhere else")
    head.add_argument("--json", action="store_true", help="answer in JSON")
    check = acts.add_parser("verify", help="check the whole log; name the first bad row")
    check.add_argument("--json", action="store_true", help="answer in JSON")
    check.add_argument(
        "--head", action="append", default=[], help="a head that was published: NUMBER:DIGEST"
    )
    check.add_argument(
        "--heads", type=Path, help="a file of such heads, one a line, the head last in the line"
    )


def run(arguments: Namespace, context: Context) -> int:
    """Return 0; 1 where the log was changed.

    Raises:
        HeadRefused: A head is not written as ``spm audit head`` prints it.
        NoSuchFile: The file of heads cannot be read.
    """
    if arguments.act == "head":
        with context.unit() as work:
            head = audit_head(work.session)
        said = {"number": head.number, "digest": head.digest, "at": work.now.isoformat()}
        print(json.dumps(said) if arguments.json else f"{said['at']} {head}")
        return 0
    heads = [Head.read(words) for words in (*arguments.head, *_lines(arguments.heads))]
    with context.unit() as work:
        verdict = verify(work.session, context.audit_keys, tuple(heads))
    print(json.dumps(_plain(verdict)) if arguments.json else _words(verdict))
    return 0 if verdict.finding is None else CHANGED


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = path.read_text(encoding="ascii")
    except UnicodeDecodeError:
        raise HeadRefused from None
    except OSError:
        raise NoSuchFile(file=str(path)) from None
    return [line for line in text.splitlines() if line.strip()]


def _plain(verdict: Verdict) -> dict[str, object]:
    finding = verdict.finding
    return {
        "is_sound": finding is None,
        "number": verdict.head.number,
        "digest": verdict.head.digest,
        "fault": None if finding is None else finding.fault.value,
        "bad_number": None if finding is None else finding.number,
        "bad_entry": None if finding is None else finding.entry_id,
    }


def _words(verdict: Verdict) -> str:
    finding = verdict.finding
    if finding is None:
        return f"{verdict.head.number} entries are as they were written; head {verdict.head}"
    place = "" if finding.number is None else f" at number {finding.number}"
    entry = "" if finding.entry_id is None else f" (entry {finding.entry_id})"
    return f"the log is not as it was written{place}{entry}: {label(finding.fault)}"
