"""Why a row, a cell or a file was refused or remarked on; stable names, words are in i18n."""

from enum import StrEnum


class Reason(StrEnum):
    """What is wrong, or worth saying."""

    # of a cell
    MISSING_VALUE = "missing-value"
    NOT_A_NUMBER = "not-a-number"
    NOT_A_WHOLE_NUMBER = "not-a-whole-number"
    NUMBER_TOO_LARGE = "number-too-large"
    TOO_MANY_PLACES = "too-many-places"
    NOT_A_DATE = "not-a-date"
    DATE_OUT_OF_RANGE = "date-out-of-range"
    NOT_AN_EMAIL = "not-an-email"
    BAD_CHARACTER = "bad-character"
    TOO_LONG = "too-long"
    UNKNOWN_VALUE = "unknown-value"
    UNKNOWN_STAGE = "unknown-stage"
    UNKNOWN_CURRENCY = "unknown-currency"
    UNKNOWN_REFERENCE = "unknown-reference"
    AMBIGUOUS_REFERENCE = "ambiguous-reference"
    NOT_A_FLAG = "not-a-flag"
    NOT_A_STATUS = "not-a-status"
    NOT_A_PERIOD = "not-a-period"
    # of a row
    SHORT_ROW = "short-row"
    LONG_ROW = "long-row"
    UNCLOSED_QUOTE = "unclosed-quote"
    STRAY_QUOTE = "stray-quote"
    FIELD_TOO_LONG = "field-too-long"
    DUPLICATE_KEY = "duplicate-key"
    DEAL_INCOMPLETE = "deal-incomplete"
    DIFFERS_FROM_FIRST_ROW = "differs-from-first-row"
    MIXED_CURRENCIES = "mixed-currencies"
    STATUS_CONTRADICTS = "status-contradicts"
    EMAIL_TAKEN = "email-taken"
    MANAGER_BELOW = "manager-below"
    # worth saying of a row that is loaded
    BLANK_VALUE = "blank-value"
    MISSING_DATE = "missing-date"
    MISSING_AMOUNT = "missing-amount"
    CLOSED_BEFORE_OPENED = "closed-before-opened"
    TAKEN_FOR = "taken-for"
    ROUNDED = "rounded"
    ID_OF_ANOTHER = "id-of-another"
    STAGE_ADDED = "stage-added"
    ONLY_AN_ID = "only-an-id"
    OWNER_FROM_HISTORY = "owner-from-history"
    TOLD_APART = "told-apart"
    TOTALS = "totals"
    # of a file
    NOT_OPENED = "not-opened"
    UNKNOWN_ENCODING = "unknown-encoding"
    WRONG_ENCODING = "wrong-encoding"
    NOT_A_TEXT = "not-a-text"
    LINE_TOO_LONG = "line-too-long"
    TOO_MANY_COLUMNS = "too-many-columns"
    TOO_MANY_ROWS = "too-many-rows"
    FILE_TOO_LARGE = "file-too-large"
    OLD_WORKBOOK = "old-workbook"
    NOT_A_WORKBOOK = "not-a-workbook"
    WORKBOOK_TOO_MANY_PARTS = "workbook-too-many-parts"
    WORKBOOK_NESTED = "workbook-nested"
    WORKBOOK_TOO_LARGE = "workbook-too-large"
    # why a file is left out
    NOT_A_TABLE = "not-a-table"
    NOT_RECOGNISED = "not-recognised"
    NO_ROWS = "no-rows"
    DUPLICATE_HEADER = "duplicate-header"
    HIDDEN_SHEET = "hidden-sheet"


FAULTS = frozenset(
    {
        Reason.NOT_OPENED,
        Reason.UNKNOWN_ENCODING,
        Reason.WRONG_ENCODING,
        Reason.NOT_A_TEXT,
        Reason.LINE_TOO_LONG,
        Reason.TOO_MANY_COLUMNS,
        Reason.TOO_MANY_ROWS,
        Reason.FILE_TOO_LARGE,
        Reason.OLD_WORKBOOK,
        Reason.NOT_A_WORKBOOK,
        Reason.WORKBOOK_TOO_MANY_PARTS,
        Reason.WORKBOOK_NESTED,
        Reason.WORKBOOK_TOO_LARGE,
        Reason.DUPLICATE_HEADER,
    }
)
"""Why a file could not be read that may well have been meant; other files are left out as no concern."""


class Note(StrEnum):
    """What an import began or ended for the organisation."""

    ORGANISATION_BEGUN = "organisation-begun"
    FISCAL_YEAR_BEGUN = "fiscal-year-begun"
    TAKEN_OVER = "taken-over"
