"""Reads a workbook in a process of its own, under limits, and writes its rows as lines of JSON.

Run as a script with the path of the file. A workbook of one kibibyte can ask its reader for
gigabytes (reliability.md, X1): here that ends this process and nothing else. Each line is a list:
``["sheet", name, first row, is hidden]``, ``["row", cells]`` or ``["end"]``; a cell is a text, a number as
``{"n": "1.5"}``, a date as ``{"d": "2017-03-01"}`` or ``{"t": "2017-03-01T10:00:00"}``, or true or false.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY = 1 << 30
SECONDS = 60


def _limit() -> None:
    try:
        import resource
    except ImportError:  # there are no limits on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _cell(value: object) -> object:
    match value:
        case bool() | str():
            return value
        case int():
            return {"n": str(value)}
        case float():
            return {"n": repr(int(value)) if value.is_integer() else repr(value)}
        case datetime():
            return {"t": value.isoformat()} if value.time() != time() else _cell(value.date())
        case date():
            return {"d": value.isoformat()}
        case time() | timedelta():
            return str(value)
        case _:
            return ""


def _lines(path: str) -> Iterator[list[object]]:
    workbook = CalamineWorkbook.from_path(path)
    for meta in workbook.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(meta.name)
        if sheet.start is None:
            continue
        yield ["sheet", meta.name, sheet.start[0] + 1, meta.visible != SheetVisibleEnum.Visible]
        for row in sheet.iter_rows():
            yield ["row", [_cell(value) for value in row]]
    yield ["end"]


def main() -> int:
    """Write the rows of the workbook that the first argument names; status 1 if it is none."""
    _limit()
    try:
        for line in _lines(sys.argv[1]):
            sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")
    except Exception as error:  # noqa: BLE001 - whatever a hostile file raises, it is not a workbook
        sys.stderr.write(type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
