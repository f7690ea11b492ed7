"""Text at the border, and the keys of texts."""

import re
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.text import TextRefused, TextTooLong, clean_block, clean_line, fold, squeeze


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("e\u0301", "\u00e9"),
        ("山田\u3000太郎", "山田 太郎"),
        ("김철수", "김철수"),
        ("Олена Шевченко", "Олена Шевченко"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("葛\U000e0100飾", "葛\U000e0100飾"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("", ""),
        (" \t\n ", ""),
        ("\u3164", ""),
        ("\u3164 \u2800\u0301", ""),
    ],
)
def test_a_line_is_composed_and_trimmed(raw: str, line: str) -> None:
    assert clean_line(raw, 80, "name") == line


@pytest.mark.parametrize(
    "raw",
    ["a\x00b", "a\x1b[31m", "\ud800", "a\ue000", "a\u0378", "a\u202eb", "a\u2066b", "a\u200bb", "a\u00adb",
     "\ufeffa", "a\u200db", "\u200d", "a" + "\u0301" * 6, "\x7f", "a\U000e0041"],
)  # fmt: skip
def test_what_no_name_needs_is_refused(raw: str) -> None:
    for clean in (clean_line, clean_block):
        with pytest.raises(TextRefused) as caught:
            clean(raw, 80, "name")
        assert caught.value.field == "name"


def test_a_block_keeps_its_lines() -> None:
    assert (
        clean_block("\r\n one  \r\n\r\n two\t\tthree\r\n\r\n", 80, "note") == " one\n\n two three"
    )


@pytest.mark.parametrize("length", [81, 385, 10**6])
def test_a_text_that_is_too_long_is_refused(length: int) -> None:
    for clean in (clean_line, clean_block):
        with pytest.raises(TextTooLong):
            clean("x" * length, 80, "note")


def test_blanks_around_a_text_do_not_make_it_too_long() -> None:
    assert clean_line("   " + "x" * 80 + "   ", 80, "name") == "x" * 80


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    for clean in (clean_line, clean_block):
        try:
            once = clean(raw, 200, "note")
        except TextRefused:
            continue
        assert clean(once, 200, "note") == once
        assert normalize("NFC", once) == once


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("ADA@Example.com", "ada@example.com"),
        ("STRASSE", "straße"),
        ("\u212aelvin", "kelvin"),
        ("ｱﾀﾞ", "アダ"),
        ("ﬁne", "FINE"),
        ("e\u0301", "É"),
        (" a  b ", "a b"),
    ],
)
def test_a_fold_forgets_case_and_compatibility(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert squeeze(squeeze(text)) == squeeze(text)


@pytest.mark.parametrize("text", ["GTXPro", "GTX Pro", "gtx-pro", "G.T.X. PRO"])
def test_a_squeeze_finds_what_was_meant(text: str) -> None:
    assert squeeze(text) == "gtxpro"


@given(st.text(st.characters(max_codepoint=127)))
def test_a_plain_text_has_the_keys_that_any_text_has(text: str) -> None:
    """ASCII takes a shorter way; the long one is written out here, from the docstrings."""
    folded = " ".join(normalize("NFKC", normalize("NFKD", text).casefold()).split())
    assert fold(text) == folded
    assert squeeze(text) == "".join(c for c in folded if category(c)[0] in "LMN")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_a_plain_line_is_only_trimmed(text: str) -> None:
    assert clean_line(text, 40, "name") == " ".join(text.split())
    assert clean_block(text, 40, "name") == re.sub(" +", " ", text).rstrip(" ")
