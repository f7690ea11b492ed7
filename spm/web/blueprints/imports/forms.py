"""Forms of imports."""

from collections.abc import Iterator, Mapping
from typing import Any

from spm.adapters.texts import DELIMITERS, ENCODINGS
from spm.domain.intake.dates import DateOrder
from spm.domain.intake.formats import Reading
from spm.domain.intake.numbers import DecimalMark
from spm.i18n.labels import label
from spm.i18n.words import N_, gettext
from spm.queries.intake.imports import Import
from spm.services.intake.uploads import MOST_FILES
from spm.web.fields import (
    BoolField,
    ChoiceField,
    FilesField,
    Form,
    LineField,
    WholeField,
    unless_sent,
)

HEADING_WITHIN = 20
ACCEPTED = ".csv,.tsv,.txt,.xlsx"
DELIMITER_WORDS = {
    ",": N_("comma"),
    ";": N_("semicolon"),
    "\t": N_("tab"),
    "|": N_("vertical bar"),
}
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
"""How a delimiter is sent: a tab does not survive a form."""
_NAME_OF = {delimiter: name for name, delimiter in _NAMES.items()}


class UploadForm(Form):
    """The files of one import."""

    files = FilesField(
        N_("Files"),
        most=MOST_FILES,
        accept=ACCEPTED,
        description=N_(
            "CSV or XLSX, as your CRM exports them. Several files of one export belong together."
        ),
    )


class ConfirmForm(Form):
    """How what was looked at is loaded."""

    is_all_or_nothing = BoolField(N_("Load nothing if a row is refused"))
    takes_over = BoolField(
        N_("Take over"),
        hint=N_(
            "What this source brought is yours from then on; its next import leaves it as it is."
        ),
    )

    @property
    def name_to_keep(self) -> str:
        """The name under which the mapping is kept; empty where it is not."""
        field = self._fields.get("remember")
        return str(field.data or "") if field is not None else ""


class KeepingForm(ConfirmForm):
    """The same where a mapping was made for these files, which can be kept."""

    remember = LineField(
        N_("Keep the mapping as"),
        max_length=120,
        required=False,
        hint=N_("The next files with the same columns are read by it. Empty keeps nothing."),
    )


def confirm_form(import_: Import, name: str = "", **kwargs: Any) -> ConfirmForm:
    """Return the form that loads an import; with a name for its mapping where one was made for it."""
    if not import_.options.get("layouts"):
        return ConfirmForm(**kwargs)
    return KeepingForm(data=unless_sent({"remember": name or import_.mapping_name}), **kwargs)


class LookBase(Form):
    """What can be said about the files, one set of fields per file."""

    amounts_in = LineField(
        N_("Currency"),
        max_length=3,
        required=False,
        hint=N_("Of amounts that name none. Empty for the organisation’s."),
    )

    def readings(self, import_: Import) -> dict[int, Reading]:
        """Return what was said, by the id of the file."""
        return {file.id: self._reading(file.id) for file in import_.files}

    def _reading(self, file_id: int) -> Reading:
        def said(name: str) -> str | None:
            value = self._fields[f"{name}_{file_id}"].data
            return str(value) if value else None

        mark, order = said("decimal"), said("order")
        return Reading(
            encoding=said("encoding"),
            delimiter=_NAMES.get(said("delimiter") or ""),
            decimal_mark=DecimalMark(mark) if mark else None,
            date_order=DateOrder(order) if order else None,
            header_line=self._fields[f"heading_{file_id}"].data,
        )


def look_form(import_: Import) -> LookBase:
    """Return the form of an import's formats; what was said before is chosen in it."""
    fields: dict[str, object] = {}
    chosen: dict[str, object] = {"amounts_in": import_.options.get("currency") or ""}
    for file in import_.files:
        said = import_.options.get("readings", {}).get(str(file.id), {})
        found = next(iter(file.recognised.values()), {})
        fields[f"heading_{file.id}"] = WholeField(
            gettext("Line of the headings"), required=False, minimum=1, maximum=HEADING_WITHIN
        )
        chosen[f"heading_{file.id}"] = said.get("header_line")
        for name, words, key, offered in _controls():
            now, seen = (how.get(key) for how in (said, found))
            # Once something was said, what stands in the file's row is that, not what was recognised.
            nothing = _nothing(_sent(seen) if now is None else None, dict(offered))
            fields[f"{name}_{file.id}"] = ChoiceField(
                words, choices=offered, required=False, nothing=nothing
            )
            chosen[f"{name}_{file.id}"] = _sent(now)
    kind = type("LookForm", (LookBase,), fields)
    form: LookBase = kind(data=chosen)
    return form


def _controls() -> Iterator[tuple[str, str, str, list[tuple[str, str]]]]:
    """Yield what can be said of a file: field, label, key in the import's row, choices."""
    yield "encoding", gettext("Encoding"), "encoding", [(name, name) for name in ENCODINGS]
    delimiters = [(_NAME_OF[mark], gettext(DELIMITER_WORDS[mark])) for mark in DELIMITERS]
    yield "delimiter", gettext("Delimiter"), "delimiter", delimiters
    marks = [(mark.value, label(mark)) for mark in DecimalMark]
    yield "decimal", gettext("Decimal mark"), "decimal_mark", marks
    orders = [(order.value, label(order)) for order in DateOrder]
    yield "order", gettext("Order of dates"), "date_order", orders


def _sent(kept: str | None) -> str | None:
    """Return what the form sends for what the import's row holds."""
    return None if kept is None else _NAME_OF.get(kept, kept.removesuffix("-sig"))


def _nothing(seen: str | None, words: Mapping[str, str]) -> str:
    if seen is None:
        return gettext("as recognised")
    return gettext("%(found)s, recognised", found=words.get(seen, seen))
