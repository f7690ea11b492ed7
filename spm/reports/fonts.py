"""One typeface for every script: Noto Sans, then its Japanese and its Korean sister, under one name.

reportlab knows no fallback between TrueType fonts, and no single file of Noto covers Latin,
Cyrillic, Kana, Kanji and Hangul (the Japanese and Korean files lack Є І Ї Ґ ₴). `register` puts
several files behind one name: each run of characters is drawn from the first file that has it.

A character that no file has is drawn as a box as wide as an ideograph, while the text beneath it
stays the character itself, so that it is seen to be missing and is still found by a search.

This leans on reportlab's internals (`splitString`, `getSubsetInternalName`, `addObjects`, the
`charToGlyph` and `charWidths` of a face); `tests/reports/test_fonts.py` pins what it leans on.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from reportlab import rl_config
from reportlab.graphics import shapes
from reportlab.lib.rl_accel import instanceStringWidthTTF
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

from spm.domain.errors import SpmError

REGULAR: Final = "Spm"
BOLD: Final = "Spm-Bold"

FILES: Final = {
    REGULAR: (
        "NotoSans-Regular.ttf",
        "NotoSansJP-Regular.ttf",
        "NotoSansKR-Regular.ttf",
    ),
    BOLD: (
        "NotoSans-Bold.ttf",
        "NotoSansJP-Bold.ttf",
        "NotoSansKR-Bold.ttf",
    ),
}
"""The files behind each name, first choice first; all in the directory given."""

_BOX: Final = 0x25A1
_SPACE: Final = 0x20
_DELETE: Final = 0x7F
_MOST_BOXED: Final = 20_000
_ROMAN, _IDEOGRAPHS = 0, 1

_IGNORABLE: Final = frozenset(
    [
        *(
            0x00AD,
            0x034F,
            0x061C,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            0x3164,
            0xFEFF,
            0xFFA0,
        ),
        *range(0x180B, 0x180F),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        *range(0xE0000, 0xE0200),
    ]
)
"""Characters that have no shape of their own (Unicode's Default_Ignorable_Code_Point)."""

_lock = threading.Lock()


class FontsMissing(SpmError):
    """The fonts of the reports are not where they should be; `names` says which."""

    code = "fonts.missing"


class _File(TTFont):
    """One font file of a typeface, whose characters beyond U+FFFF come back out of the PDF right."""

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - reportlab's name
        """Adds the subsets to the document, each with a map back to Unicode in UTF-16."""
        state = self.state.get(doc)
        subsets = [] if state is None else [list(subset) for subset in state.subsets]
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = b"".join((SUBSETN(number), b"+", self.face.name, self.face.subfontNameX))
            stream: Any = doc.idToObject[f"toUnicodeCMap:{name.decode('pdfdoc')}"]
            stream.content = _unicode_map(name.decode("pdfdoc"), subset)


def _unicode_map(name: str, subset: list[int]) -> str:
    """The ToUnicode map of a subset; reportlab's own writes U+20BB7 as five hex digits."""
    pairs = [
        f"<{index:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>"
        for index, code in enumerate(subset)
        if code
    ]
    blocks = [
        "\n".join((f"{len(block)} beginbfchar", *block, "endbfchar"))
        for block in (pairs[start : start + 100] for start in range(0, len(pairs), 100))
    ]
    return "\n".join(
        (
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
            f"/CMapName /{name} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<00> <FF>",
            "endcodespacerange",
            *blocks,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        )
    )


class _Face:
    """The metrics of the whole typeface, and which file owns which character."""

    subfontNameX = b""  # noqa: N815 - reportlab's name

    def __init__(self, name: str, files: list[_File]) -> None:
        first = files[_ROMAN].face
        self.name = name
        self.ascent = first.ascent
        self.descent = first.descent
        self.owner: dict[int, int] = {}
        self.charToGlyph: dict[int, int] = {}
        self.charWidths: dict[int, float] = {}
        for number, file in enumerate(files):
            face = file.face
            for code, glyph in face.charToGlyph.items():
                if code not in self.owner:
                    self.owner[code] = number
                    self.charToGlyph[code] = glyph
                    self.charWidths[code] = face.charWidths.get(code, face.defaultWidth)
        self.defaultWidth = self.charWidths[_BOX]
        for code in _IGNORABLE:
            self.charWidths[code] = 0
            self.owner.pop(code, None)
        for code in (*range(_SPACE), _DELETE):
            self.charWidths[code] = self.charWidths[_SPACE]

    def getFontBBox(self) -> list[float]:  # noqa: N802 - reportlab's name
        return [0, self.descent, 1000, self.ascent]


class Typeface:
    """Several TrueType files under one name; takes part in reportlab as a dynamic font."""

    _multiByteFont = 0  # noqa: N815
    _multiByte = 1  # noqa: N815
    _dynamicFont = 1  # noqa: N815
    shapable = False
    substitutionFonts = ()  # noqa: N815

    def __init__(self, name: str, paths: Iterable[Path]) -> None:
        self.fontName = name
        self.files = [
            _File(f"{name}-{number}", str(path), asciiReadable=0, shapable=False)
            for number, path in enumerate(paths)
        ]
        for file in self.files:
            pdfmetrics.registerFont(file)
        self.encoding = self.files[_ROMAN].encoding
        self.face = _Face(f"{name}-typeface", self.files)
        self.ascent, self.descent = self.face.ascent, self.face.descent
        self._boxed: set[int] = set()

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: N802
        """The width of a text in points."""
        return float(instanceStringWidthTTF(self, text, size, encoding))

    def splitString(  # noqa: N802 - reportlab's name
        self, text: str | bytes, doc: PDFDocument, encoding: str = "utf8"
    ) -> list[tuple[tuple[int, int], bytes]]:
        """The text as runs of ((file, subset), codes), each drawn from one file."""
        if isinstance(text, bytes):
            text = text.decode(encoding)
        if text.isascii() and text.isprintable():
            return self._run(_ROMAN, text, doc)
        runs: list[tuple[tuple[int, int], bytes]] = []
        current, start = _ROMAN, 0
        text = _in_sight_order("".join(self._drawable(text)))
        for position, character in enumerate(text):
            owner = current if character == " " else self._owner(ord(character))
            if owner != current:
                runs += self._run(current, text[start:position], doc)
                current, start = owner, position
        return runs + self._run(current, text[start:], doc)

    def getSubsetInternalName(self, subset: tuple[int, int], doc: PDFDocument) -> str:  # noqa: N802
        """The name of a subset's font object in the document."""
        name: str = self.files[subset[0]].getSubsetInternalName(subset[1], doc)
        return name

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802
        """Nothing: each file adds its own."""

    def uncovered(self, text: str) -> frozenset[str]:
        """The characters of a text that no file has and that are drawn as a box."""
        if text.isascii():
            return frozenset()
        owner = self.face.owner
        return frozenset(
            character
            for character in self._drawable(text)
            if ord(character) not in owner or ord(character) in self._boxed
        )

    def _run(self, number: int, text: str, doc: PDFDocument) -> list[tuple[tuple[int, int], bytes]]:
        split = self.files[number].splitString(text, doc) if text else ()
        return [((number, subset), codes) for subset, codes in split]

    @staticmethod
    def _drawable(text: str) -> Iterable[str]:
        for character in text:
            code = ord(character)
            if code < _SPACE or code == _DELETE:
                yield " "
            elif code not in _IGNORABLE:
                yield character

    def _owner(self, code: int) -> int:
        """The file that draws a character; one that none has is lent the box of the ideographs."""
        owner = self.face.owner.get(code)
        if owner is not None:
            return owner
        face = self.files[_IDEOGRAPHS].face
        if len(self._boxed) < _MOST_BOXED:
            self._boxed.add(code)
            face.charToGlyph[code] = face.charToGlyph[_BOX]
            face.charWidths[code] = face.charWidths[_BOX]
            self.face.owner[code] = _IDEOGRAPHS
        return _IDEOGRAPHS


_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]")


def _in_sight_order(text: str) -> str:
    """The text with each stretch written from right to left turned round.

    A PDF says where glyphs stand, and a reader of it turns such stretches back; left as they are
    typed, a Hebrew name would be found by a search only backwards.
    """
    if not _RIGHT_TO_LEFT.search(text):
        return text
    kinds = [unicodedata.bidirectional(character) for character in text]
    turned, start = list(text), None
    for position, kind in enumerate((*kinds, "L")):
        if kind in {"R", "AL"} and start is None:
            start = position
        elif kind in {"L", "EN", "AN"} and start is not None:
            stop = position
            while kinds[stop - 1] not in {"R", "AL"}:
                stop -= 1
            turned[start:stop] = turned[start:stop][::-1]
            start = None
    return "".join(turned)


_known: dict[str, Typeface] = {}


def register(directory: Path) -> None:
    """Makes the two typefaces known to reportlab, once a process (0.4 s).

    Raises:
        FontsMissing: A file is not in the directory.
    """
    with _lock:
        if _known:
            return
        paths = {n: directory / n for names in FILES.values() for n in names}
        missing = [name for name, path in paths.items() if not path.is_file()]
        if missing:
            raise FontsMissing(names=", ".join(missing))
        made = {name: Typeface(name, [paths[n] for n in names]) for name, names in FILES.items()}
        for face in made.values():
            pdfmetrics.registerFont(face)
        pdfmetrics.registerFontFamily(REGULAR, REGULAR, BOLD, REGULAR, BOLD)
        pdfmetrics.registerFontFamily(BOLD, BOLD, BOLD, BOLD, BOLD)
        _settle()
        _known.update(made)


def _settle() -> None:
    """No text of a report ever falls back to Helvetica, and no colour name is ever evaluated.

    What charts are made of is ours, so that reportlab need not check each attribute of each shape.
    """
    settings: Any = rl_config
    settings.canvas_basefontname = REGULAR
    settings.defaultGraphicsFontName = REGULAR
    settings.toColorCanUse = None
    settings.shapeChecking = 0
    shapes.STATE_DEFAULTS["fontName"] = REGULAR


def typeface(name: str = REGULAR) -> Typeface:
    """A typeface that `register` has made known.

    Raises:
        KeyError: `register` has not been called.
    """
    return _known[name]


def width(text: str, size: float, name: str = REGULAR) -> float:
    """The width of a text in points."""
    return _known[name].stringWidth(text, size)
