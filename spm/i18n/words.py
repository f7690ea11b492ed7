"""Words in the reader's language: gettext catalogues, read once, spoken per request.

English is in the code. ``words_for`` answers with the catalogue of a locale; ``gettext`` and
``ngettext`` speak the language that ``speaking`` or ``speak`` has set for this context, which
is English until somebody sets it.
"""

import gettext as standard
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.pofile import read_po

LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "ja": "日本語",
    "ko": "한국어",
    "uk": "Українська",
}
"""The languages that the product speaks, each by its own name."""

CATALOGUES = Path(__file__).with_name("catalogues")
CONTEXT_MARK = "\x04"


@dataclass(frozen=True, slots=True)
class Words:
    r"""The words of one language.

    Attributes:
        locale: One of ``LANGUAGES``.
        single: Message → words; a message with a context is keyed ``context\x04message``.
        plural: Message → its plural forms in the language's own order.
        form_of: Number → index of the plural form.
    """

    locale: str
    single: Mapping[str, str]
    plural: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int]

    def gettext(self, message: str, **facts: object) -> str:
        """Return ``message`` in this language with its blanks filled; English where unknown."""
        said = self.single.get(message, message)
        return said % facts if facts else said

    def pgettext(self, context: str, message: str, **facts: object) -> str:
        """Return ``message`` as it is said in ``context``; English where unknown."""
        said = self.single.get(f"{context}{CONTEXT_MARK}{message}", message)
        return said % facts if facts else said

    def form(self, one: str, many: str, num: int) -> str:
        """Return the form of ``one``/``many`` for ``num``, its blanks still open."""
        forms = self.plural.get(one)
        if forms:
            return forms[min(self.form_of(num), len(forms) - 1)]
        return one if num == 1 else many

    def ngettext(self, one: str, many: str, num: int, **facts: object) -> str:
        """Return the form of ``one``/``many`` for ``num``, which also fills ``%(num)s``."""
        return self.form(one, many, num) % {"num": num, **facts}


@lru_cache(maxsize=len(LANGUAGES))
def words_for(locale: str) -> Words:
    """Return the words of ``locale``; those of English for a language that is not spoken."""
    path = CATALOGUES / locale / "LC_MESSAGES" / "messages.po"
    if locale not in LANGUAGES or not path.is_file():
        return Words(locale if locale in LANGUAGES else "en", {}, {}, lambda n: int(n != 1))
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id or message.fuzzy or not message.string:
            continue
        if isinstance(message.id, str):
            key = f"{message.context}{CONTEXT_MARK}" if message.context else ""
            single[key + message.id] = str(message.string)
        elif all(message.string):
            plural[message.id[0]] = tuple(message.string)
    return Words(locale, single, plural, standard.c2py(catalogue.plural_expr))


def negotiate(setting: str | None, accepted: tuple[str, ...], organisation: str | None) -> str:
    """Return the locale to speak: the person's setting, else the browser's, else the house's.

    Args:
        setting: What the person chose, if anything.
        accepted: Language tags of the browser, best first, e.g. ``("uk-UA", "en")``.
        organisation: The organisation's own language, if it has one.

    Returns:
        One of ``LANGUAGES``; English where nothing fits.
    """
    if setting is not None and setting in LANGUAGES:
        return setting
    found = negotiate_locale(accepted, tuple(LANGUAGES), sep="-")
    if found:
        return found
    return organisation if organisation is not None and organisation in LANGUAGES else "en"


_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def current() -> Words:
    """Return the words of the language that this context speaks."""
    return words_for(_spoken.get())


def speak(locale: str) -> None:
    """Speak ``locale`` from here on in this context (a request, a command)."""
    _spoken.set(locale)


@contextmanager
def speaking(locale: str) -> Iterator[Words]:
    """Speak ``locale`` inside the block; gives its words."""
    token = _spoken.set(locale)
    try:
        yield words_for(locale)
    finally:
        _spoken.reset(token)


def gettext(message: str, **facts: object) -> str:
    """Return ``message`` in the language of this context with its blanks filled."""
    return current().gettext(message, **facts)


def pgettext(context: str, message: str, **facts: object) -> str:
    """Return ``message``, as said in ``context``, in the language of this context."""
    return current().pgettext(context, message, **facts)


def ngettext(one: str, many: str, num: int, **facts: object) -> str:
    """Return the right form of ``one``/``many`` for ``num`` in the language of this context."""
    return current().ngettext(one, many, num, **facts)


def N_(message: str) -> str:  # noqa: N802  the name that extraction tools know
    """Return ``message`` as it is; marks it for the catalogues, to be spoken later."""
    return message
