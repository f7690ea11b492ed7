"""Collect the words of the product into its catalogues (`make words`; for developers).

Each catalogue gets what is new, untranslated, and keeps what it has; words that nobody says any more
go. Nothing in a catalogue names the place where a word stands: places move, and each move would be a
change of four files.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "spm" / "i18n" / "catalogues"
LANGUAGES = ("ja", "ko", "uk")
METHODS = [("spm/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.do", "newstyle_gettext": "true"}}
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def template() -> Catalog:
    """Return every message of the sources, in their order."""
    found = Catalog(project="spm", charset="utf-8", fuzzy=False)
    sources = extract_from_dir(
        ROOT,
        METHODS,
        OPTIONS,
        keywords=KEYWORDS,
        directory_filter=lambda path: (
            Path(path).name not in {".venv", "node_modules", "instance", "tests", "bench", "vendor"}
        ),
    )
    for _file, _line, message, _comments, context in sources:
        found.add(message, context=context)
    return found


def main() -> int:
    """Bring each catalogue up to date; print how much of it is translated."""
    fresh = template()
    for language in LANGUAGES:
        path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            with path.open("rb") as file:
                known = read_po(file, locale=language)
        else:
            known = Catalog(locale=language, project="spm", fuzzy=False)
        known.update(fresh, no_fuzzy_matching=True)
        known.obsolete.clear()
        known.header_comment = f"# The words of spm in {language}."
        known.creation_date = known.revision_date = datetime(2026, 11, 22, tzinfo=UTC)
        with path.open("wb") as file:
            write_po(file, known, no_location=True, omit_header=False, width=0, sort_output=True)
        done = sum(1 for message in known if message.id and message.string and all(message.string))
        print(f"{language}: {done} of {len(known)} translated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
