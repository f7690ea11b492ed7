"""Words of intake: its enumerations and its error codes."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.intake.dates import DateOrder
from spm.domain.intake.numbers import DecimalMark
from spm.domain.intake.reasons import Note, Reason
from spm.domain.intake.schema import Kind
from spm.domain.intake.suggesting import Basis
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    Reason: {
        Reason.MISSING_VALUE: N_("There is nothing, and something is needed"),
        Reason.NOT_A_NUMBER: N_("This is not a number"),
        Reason.NOT_A_WHOLE_NUMBER: N_("This is not a whole number"),
        Reason.NUMBER_TOO_LARGE: N_("This number is too large"),
        Reason.TOO_MANY_PLACES: N_("This number has more than six decimal places"),
        Reason.NOT_A_DATE: N_("This is not a date, or not one in the order of this file"),
        Reason.DATE_OUT_OF_RANGE: N_("This date is before 1900 or after 2199"),
        Reason.NOT_AN_EMAIL: N_("This is not an e-mail address"),
        Reason.BAD_CHARACTER: N_("This holds a character that no name or note needs"),
        Reason.TOO_LONG: N_("This is longer than %(most)s characters"),
        Reason.UNKNOWN_VALUE: N_("This is none of the values that the column may have"),
        Reason.UNKNOWN_STAGE: N_("The pipeline has no stage of this name"),
        Reason.UNKNOWN_CURRENCY: N_("No currency has this code"),
        Reason.UNKNOWN_REFERENCE: N_(
            "Nothing in these files or in the product has this name or id"
        ),
        Reason.AMBIGUOUS_REFERENCE: N_(
            "%(count)s have this name; an id or an e-mail address would decide"
        ),
        Reason.NOT_A_FLAG: N_("This says neither yes nor no"),
        Reason.NOT_A_STATUS: N_("This says neither open nor won nor lost"),
        Reason.NOT_A_PERIOD: N_("This is no period, or it ends before it begins"),
        Reason.SHORT_ROW: N_("The row has fewer columns than the header"),
        Reason.LONG_ROW: N_("The row has more columns than the header"),
        Reason.UNCLOSED_QUOTE: N_(
            "A quote is never closed; nothing up to line %(last_line)s is read"
        ),
        Reason.STRAY_QUOTE: N_("A quote stands in the middle of a field"),
        Reason.FIELD_TOO_LONG: N_("A field is longer than any text may be"),
        Reason.DUPLICATE_KEY: N_("Line %(first)s has the same key"),
        Reason.DEAL_INCOMPLETE: N_("One of the %(rows)s rows of this deal was refused, so all are"),
        Reason.DIFFERS_FROM_FIRST_ROW: N_("Line %(first)s says something else of the same deal"),
        Reason.MIXED_CURRENCIES: N_("The lines of this deal are in several currencies"),
        Reason.STATUS_CONTRADICTS: N_("The stage is %(stage)s, and the status says %(status)s"),
        Reason.EMAIL_TAKEN: N_("Line %(first)s has the same e-mail address"),
        Reason.MANAGER_BELOW: N_("The manager already reports to this person"),
        Reason.BLANK_VALUE: N_("Blank; the row is loaded without it"),
        Reason.MISSING_AMOUNT: N_(
            "A won deal without an amount; figures of money leave it out and say so"
        ),
        Reason.MISSING_DATE: N_("The date is missing; the deal counts now, and not in the past"),
        Reason.CLOSED_BEFORE_OPENED: N_("The deal was closed before it was opened"),
        Reason.TAKEN_FOR: N_("Taken for %(meant)s"),
        Reason.ROUNDED: N_("Rounded to the smallest coin of the currency"),
        Reason.ID_OF_ANOTHER: N_("Another record has this id already"),
        Reason.STAGE_ADDED: N_(
            "No layout lists this stage; it was added as %(kind)s, with %(probability)s %% chance"
        ),
        Reason.ONLY_AN_ID: N_("Only an id is known; a file that gives it a name can follow"),
        Reason.OWNER_FROM_HISTORY: N_(
            "Nothing says who owns this deal; whoever wrote its first row is taken"
        ),
        Reason.TOLD_APART: N_(
            "Line %(first)s has the same names and no id; the two are told apart by their order"
        ),
        Reason.TOTALS: N_("This sums up other rows, or is the foot of a report; it is passed over"),
        Reason.NOT_OPENED: N_("it cannot be opened"),
        Reason.UNKNOWN_ENCODING: N_("its encoding is not known"),
        Reason.WRONG_ENCODING: N_("it is not all written in one encoding"),
        Reason.NOT_A_TEXT: N_("it is neither a text nor a workbook"),
        Reason.LINE_TOO_LONG: N_("a line is longer than any table’s"),
        Reason.TOO_MANY_COLUMNS: N_("it has more than 400 columns"),
        Reason.TOO_MANY_ROWS: N_("it has more than 5 million rows"),
        Reason.FILE_TOO_LARGE: N_("it is larger than 500 MB"),
        Reason.OLD_WORKBOOK: N_("it is an old workbook; save it as .xlsx or .csv"),
        Reason.NOT_A_WORKBOOK: N_("it is not a workbook, or a broken one"),
        Reason.WORKBOOK_TOO_MANY_PARTS: N_("the workbook has too many parts"),
        Reason.WORKBOOK_NESTED: N_("the workbook holds another archive"),
        Reason.WORKBOOK_TOO_LARGE: N_("the workbook unpacks into more than is safe"),
        Reason.NOT_A_TABLE: N_("not a table"),
        Reason.NOT_RECOGNISED: N_("not recognised"),
        Reason.NO_ROWS: N_("empty"),
        Reason.DUPLICATE_HEADER: N_("a needed column occurs twice"),
        Reason.HIDDEN_SHEET: N_("a hidden sheet"),
    },
    Note: {
        Note.ORGANISATION_BEGUN: N_(
            "The organisation starts with %(currency)s, %(time_zone)s and a year from January"
        ),
        Note.FISCAL_YEAR_BEGUN: N_(
            "The fiscal year starts in month %(month)s, as the source’s does"
        ),
        Note.TAKEN_OVER: N_("What these sources brought is yours now; their next import leaves it"),
    },
    Kind: {
        Kind.TERRITORY: N_("Territories"),
        Kind.PERSON: N_("People"),
        Kind.TERRITORY_MEMBER: N_("People in territories"),
        Kind.ACCOUNT: N_("Accounts"),
        Kind.PRODUCT: N_("Products"),
        Kind.MOVE: N_("Stage history"),
        Kind.DEAL: N_("Deals"),
        Kind.TARGET: N_("Targets"),
    },
    DecimalMark: {
        DecimalMark.POINT: N_("point (1,234.50)"),
        DecimalMark.COMMA: N_("comma (1.234,50)"),
    },
    DateOrder: {
        DateOrder.YMD: N_("year, month, day"),
        DateOrder.DMY: N_("day, month, year"),
        DateOrder.MDY: N_("month, day, year"),
    },
    Basis: {
        Basis.HEADING: N_("by its heading"),
        Basis.CONTENT: N_("by what stands in it"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "import.unreadable": N_("%(file)s cannot be read: %(reason)s."),
    "import.bad-cell": N_("A cell does not hold what its column needs."),
    "import.duplicate-header": N_("%(file)s has the column %(column)s more than once."),
    "import.layout-invalid": N_("The layout is not right at %(where)s: %(reason)s."),
    "import.nothing-recognised": N_("No known layout fits: %(files)s."),
    "import.nothing-to-draft": N_("A layout is known for every table: %(files)s."),
    "import.no-such-file": N_("There is no file %(file)s."),
    "import.delimiter-unknown": N_("%(delimiter)s is not comma, semicolon, tab or pipe."),
    "import.no-files": N_("Choose at least one file."),
    "import.not-waiting": N_("This import is being worked on, or it is over."),
    "import.fields-missing": N_("Something that is needed has no column yet."),
    "import.field-twice": N_("Two columns are to fill the same field."),
    "import.entry-unnamed": N_("The heading %(column)s names no stage."),
    "import.stage-unknown": N_("“%(value)s” is to mean a stage that the pipeline has not got."),
    "import.nothing-won": N_("One of the stages has to be won."),
    "import.person-unknown": N_("“%(value)s” is to mean somebody who is not here."),
    "import.mapping-name-taken": N_("Another mapping is called %(name)s."),
    "import.own-import": N_(
        "Whoever made or confirmed an import does not undo it: a second person does."
    ),
    "import.no-layout": N_("No file of this import is of this source."),
    "import.kpi-unknown": N_("These targets are for a KPI that does not exist: %(kpi)s."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
