"""The likeliest encoding of a text that is not UTF-8 and has no mark.

Most bytes mean something in most encodings; wrong meanings look wrong: a Latin word with a Cyrillic
letter in it, three accented letters in a row, Hangul beside ideographs, signs that nobody types.
"""

import re
from unicodedata import name

from charset_normalizer import from_bytes

CANDIDATES = ("cp1252", "cp1251", "cp932", "cp949", "euc_jp")
_UTF = ["utf_8", "utf_16"]
_WORD = re.compile(r"[^\W\d_]+|[^\w\s]")
_ACCENTS = re.compile(r"[^\x00-\x7f]{3}")
_USUAL_SIGNS = frozenset(
    "«»“”„‘’‚–—…€£¥₩№©®™°§·•½¼¾²³¿¡、。・「」『』（）ー～，．：／％＆＋￥￦→※◆●★"
)
_LETTERS_ALONE = frozenset("авиоуксябжіїєйзэюАВИОУКСЯБЖІЇЄЙЗЭЮ")
_SCRIPTS = ("LATIN", "CYRILLIC", "HANGUL", "HIRAGANA", "KATAKANA", "CJK", "HALFWIDTH")
_MOST_WORDS = 5_000


def likeliest(sample: bytes) -> str | None:
    """Return the encoding under which a sample looks least wrong; None if it is text in none."""
    scores = {
        encoding: score
        for encoding in CANDIDATES
        if (score := _wrongness(sample, encoding)) is not None
    }
    guess = from_bytes(sample, cp_isolation=[*_UTF, *CANDIDATES]).best()
    guessed = None if guess is None else guess.encoding
    if guessed in _UTF or not scores:
        return guessed
    least = min(scores.values())
    best = [encoding for encoding, score in scores.items() if score <= least]
    return guessed if guessed in best else best[0]


def _wrongness(sample: bytes, encoding: str) -> float | None:
    """Return the share of what looks wrong among all that is not ASCII; None if it is not text."""
    try:
        # The sample may end in the middle of a character.
        text = sample.decode(encoding, "strict")
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 2:
            return None
        text = sample[: error.start].decode(encoding)
    odd = [word for word in _WORD.findall(text) if not word.isascii()][:_MOST_WORDS]
    if any(ord(mark) in range(0x80, 0xA0) for mark in text):
        return 1.0
    return sum(map(_looks_wrong, odd)) / len(odd) if odd else 0.0


def _looks_wrong(word: str) -> bool:
    if not word[0].isalpha():
        return word not in _USUAL_SIGNS
    scripts = {_script(letter) for letter in word}
    if scripts == {"LATIN"}:
        return _ACCENTS.search(word) is not None
    if scripts == {"CYRILLIC"}:
        is_cased = word.isupper() or word[1:].islower() or len(word) == 1
        return not is_cased or (len(word) == 1 and word not in _LETTERS_ALONE)
    if "CYRILLIC" in scripts or ("LATIN" in scripts and len(scripts) > 1):
        return True
    return len(scripts & {"HANGUL", "CJK", "HALFWIDTH"}) > 1


def _script(letter: str) -> str:
    called = name(letter, "")
    return next((script for script in _SCRIPTS if called.startswith(script)), "")
