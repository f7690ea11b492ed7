"""The catalogues fill the same blanks as the English words."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import spm.i18n

CATALOGUES = Path(spm.i18n.__file__).parent / "catalogues"
BLANK = re.compile(r"%\((\w+)\)s|%%")


@pytest.mark.parametrize("language", ["ja", "ko", "uk"])
def test_a_translation_has_the_blanks_of_its_message(language: str) -> None:
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    wrong = []
    for message in catalogue:
        if not message.id or not message.string:
            continue
        sources = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        known = {blank for source in sources for blank in BLANK.findall(source)}
        for said in (
            message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        ):
            extra = set(BLANK.findall(said)) - known
            missing = set() if len(sources) > 1 else known - set(BLANK.findall(said))
            undoubled = is_undoubled(said) and not any(map(is_undoubled, sources))
            if said and (extra or missing or undoubled):
                wrong.append((message.id, said))
    assert wrong == []


def is_undoubled(said: str) -> bool:
    """Whether a per cent sign stands alone, which is right only in a message that is never filled in."""
    return "%" in re.sub(r"%\(\w+\)s|%%", "", said)
