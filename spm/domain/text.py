"""The one cleaning of text at the border, and the keys by which texts are compared.

What it refuses, and why, is reliability.md T1: NUL breaks PostgreSQL, control characters break
spreadsheets, lone surrogates break every encoder, bidi overrides disguise names.
"""

import re
from unicodedata import category, combining, normalize

from spm.domain.errors import Invalid

MOST_MARKS = 4
"""More combining marks than this on one letter are an ornament, not a language."""

_PICTURE_SELECTOR = "\ufe0f"
_JOINERS = {"\u200c", "\u200d"}
# Letters that print as nothing: they count as text for isalpha, not for a reader.
_BLANK_LETTERS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f", "\u17b4", "\u17b5"}
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029\u0085\u000b\u000c]")
_BLANKS = re.compile(r"[^\S\n]+")
# Scripts that need a joiner between their letters: Arabic to Thaana, the Indic blocks, Mongolian.
_JOINED_SCRIPTS = ((0x0600, 0x08FF), (0x0900, 0x0DFF), (0x1000, 0x109F), (0x1780, 0x18AF))


class TextTooLong(Invalid):
    """More characters than the field holds."""

    code = "text.too-long"


class TextRefused(Invalid):
    """A character that no name or note needs: a control, an override, half a character."""

    code = "text.character"


def clean_line(raw: str, max_length: int, field: str) -> str:
    """Return ``raw`` as one line: NFC, runs of blanks and line ends as one space, ends trimmed.

    Returns:
        The line, at most ``max_length`` code points; "" when nothing of it is visible.

    Raises:
        TextTooLong: It is longer.
        TextRefused: It holds a character that ``fields`` of this kind refuse.
    """
    block = _cleaned(raw, max_length, field)
    return _within(" ".join(block.split()), max_length, field)


def clean_block(raw: str, max_length: int, field: str) -> str:
    r"""Return ``raw`` as lines that end in ``\n``: NFC, trailing blanks and outer blank lines off.

    Returns:
        The text, at most ``max_length`` code points; "" when nothing of it is visible.

    Raises:
        TextTooLong: It is longer.
        TextRefused: It holds a character that ``fields`` of this kind refuse.
    """
    lines = [line.rstrip() for line in _cleaned(raw, max_length, field).split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return _within("\n".join(lines), max_length, field)


def fold(text: str) -> str:
    """Return the key under which ``text`` is unique: compatibility and case do not count.

    The Unicode Standard 3.13, D147 (compatibility caseless match), recomposed; blanks are one
    space. Both databases compare these keys byte by byte.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    once = normalize("NFKD", normalize("NFD", text).casefold()).casefold()
    return " ".join(normalize("NFKC", once).split())


def squeeze(text: str) -> str:
    """Return ``fold(text)`` without blanks and punctuation, to find what was meant.

    ``GTX Pro``, ``gtx-pro`` and ``GTXPro`` meet. Never a proof of being the same.
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    return normalize("NFC", "".join(c for c in fold(text) if category(c)[0] in "LMN"))


def _cleaned(raw: str, max_length: int, field: str) -> str:
    # A cap before any work on it: normalisation of a megabyte is not for free.
    if len(raw) > 4 * max_length + 64:
        raise TextTooLong(field=field, most=max_length)
    if raw.isascii() and raw.isprintable():  # most texts: nothing below could find anything
        return _BLANKS.sub(" ", raw) if raw.strip() else ""
    text = normalize("NFC", _LINE_ENDS.sub("\n", raw))
    marks = 0
    for at, character in enumerate(text):
        kind = category(character)
        marks = marks + 1 if kind[0] == "M" else 0
        if marks > MOST_MARKS or (kind[0] == "C" and not _is_wanted(text, at)):
            raise TextRefused(field=field, character=f"U+{ord(character):04X}", position=at + 1)
    if not any(_is_visible(character) for character in text):
        return ""
    return _BLANKS.sub(" ", text)


def _is_wanted(text: str, at: int) -> bool:
    """Return whether the control at ``at`` is a line end, a tab, or a joiner with work to do."""
    if text[at] in "\n\t":
        return True
    if text[at] not in _JOINERS or at == 0:
        return False
    before = text[at - 1]
    is_pictograph = category(before) in {"So", "Sk"} or before == _PICTURE_SELECTOR
    return is_pictograph or any(low <= ord(before) <= high for low, high in _JOINED_SCRIPTS)


def _is_visible(character: str) -> bool:
    return (
        category(character)[0] not in "ZC"
        and not combining(character)
        and category(character) != "Mn"
        and character not in _BLANK_LETTERS
    )


def _within(text: str, max_length: int, field: str) -> str:
    if len(text) > max_length:
        raise TextTooLong(field=field, most=max_length)
    return text
