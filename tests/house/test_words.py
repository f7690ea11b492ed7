"""Catalogues hold what the code asks for, with the same blanks."""

import re
from collections.abc import Iterator

from babel.messages.pofile import read_po

from tests.house.tree import HOUSE, Source, sources

CATALOGUES = sources("spm/i18n/catalogues/", ".po")
BLANK = re.compile(r"%\((\w+)\)[sd]|%%|%[sd]")


def mistakes(source: Source) -> Iterator[str]:
    """Messages that a translator got wrong or was not sure of."""
    with (HOUSE / source.name).open("rb") as file:
        catalogue = read_po(file, locale=source.name.split("/")[3], abort_invalid=True)
    for message in catalogue:
        if not message.id:
            continue
        if message.fuzzy:
            yield f"{source.name}: {message.id}: doubtful"
        for error in message.check(catalogue):
            yield f"{source.name}: {message.id}: {error}"
        asked = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string or ())
        known = {blank for text in asked for blank in BLANK.findall(text)}
        for text in said:
            if text and not set(BLANK.findall(str(text))) <= known:
                yield f"{source.name}: {asked[0]}: {text}"


def test_a_translation_is_certain_and_has_the_blanks_of_its_message() -> None:
    assert not [found for source in CATALOGUES for found in mistakes(source)]
