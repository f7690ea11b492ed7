import io
import unicodedata
from collections.abc import Callable

import pytest
import reportlab
from pypdf import PdfReader
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfgen.canvas import Canvas

from spm.reports import fonts

LINES = {
    "latin": "Łukasz Ősz é ñ ß Åse Þór",
    "cyrillic": "Євген Їжакевич Ґалаґан ₴1 200",
    "kana": "ひらがな カタカナ",
    "kanji": "髙橋 﨑山 渡邊",
    "hangul": "김철수 한글 쀍",
    "beyond the first plane": "𠮷野家",
    "mixed": "Ми 日本 한국 we: 12 %",
    "hebrew": "שלום עולם",
    "arabic": "سلام",
    "emoji": "done 😀 yes",
    "thai": "สวัสดี",
    "figures": "−4 pts · ¥41,0 ≥ 3× … ● ○ ▲ ▼ →",
}


def _drawn(*lines: str, name: str = fonts.REGULAR) -> bytes:
    into = io.BytesIO()
    canvas = Canvas(into, invariant=1)
    canvas.setFont(name, 14)
    for number, line in enumerate(lines):
        canvas.drawString(50, 780 - 24 * number, line)
    canvas.save()
    return into.getvalue()


def _plain(text: str) -> str:
    kept = (c for c in text if unicodedata.category(c) not in {"Cf", "Zs", "Cc"})
    return unicodedata.normalize("NFC", "".join(kept))


@pytest.mark.parametrize("name", [fonts.REGULAR, fonts.BOLD])
@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_line_in_any_script_is_found_again_by_a_search(
    line: str, name: str, text_of: Callable[[bytes], str]
) -> None:
    assert _plain(line) in _plain(text_of(_drawn(line, name=name)))


@pytest.mark.parametrize("line", ["Łukasz Ősz", "Їжакевич ₴", "髙橋カナ", "김철수", "𠮷野家"])
def test_a_second_reader_finds_it_too(line: str) -> None:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(_drawn(line))).pages)

    assert _plain(line) in _plain(text)


def test_all_fonts_are_embedded_and_none_is_a_stand_in(
    fonts_of: Callable[[bytes], set[tuple[str, bool]]],
) -> None:
    assert fonts_of(_drawn(*LINES.values())) == {
        ("NotoSans-Regular", True),
        ("NotoSansJP-Regular", True),
        ("NotoSansKR-Regular", True),
    }


def test_the_same_text_makes_the_same_bytes() -> None:
    assert _drawn(*LINES.values()) == _drawn(*LINES.values())


def test_a_character_that_no_file_has_takes_the_room_of_a_box_and_is_named() -> None:
    face = fonts.typeface()

    assert face.uncovered("a ש 漢 😀") == {"ש", "😀"}
    assert face.stringWidth("ש", 10) == face.stringWidth("□", 10) > 5


def test_a_boxed_character_stays_named_after_it_was_drawn() -> None:
    _drawn("ג")

    assert fonts.typeface().uncovered("ג") == {"ג"}


def test_a_character_without_a_shape_takes_no_room() -> None:
    face = fonts.typeface()

    assert face.stringWidth("a\u200d\ufe0fb", 10) == face.stringWidth("ab", 10)


@pytest.mark.parametrize("gap", ["\t", "\n", "\x00", "\x7f"])
def test_a_control_character_is_drawn_as_a_space(gap: str) -> None:
    face = fonts.typeface()

    assert face.splitString(f"a{gap}b", PDFDocument()) == face.splitString("a b", PDFDocument())


def test_a_missing_file_is_named(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_known", {})

    with pytest.raises(fonts.FontsMissing) as error:
        fonts.register(tmp_path_factory.mktemp("empty"))

    assert "NotoSansKR-Bold.ttf" in str(error.value.facts["names"])


def test_reportlab_is_still_built_as_the_typeface_takes_it_to_be() -> None:
    assert reportlab.__version__.startswith("5.1.")
    file = fonts.typeface().files[0]
    assert {"charToGlyph", "charWidths", "defaultWidth", "ascent"} <= set(vars(file.face))
    assert callable(pdfmetrics.registerFont)
    for name in ("splitString", "getSubsetInternalName", "addObjects"):
        assert callable(getattr(ttfonts.TTFont, name))
    assert "beginbfchar" in ttfonts.makeToUnicodeCMap("F", [0, 65])


def test_nothing_is_left_to_evaluate_a_colour_or_to_fall_back_to_helvetica() -> None:
    found = {name: getattr(rl_config, name) for name in ("toColorCanUse", "canvas_basefontname")}

    assert found == {"toColorCanUse": None, "canvas_basefontname": fonts.REGULAR}
