"""Rules of signing in: how often, how long, and which passwords are worth nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from spm.domain.errors import Conflict, Invalid, NotFound, SpmError
from spm.domain.text import fold, squeeze

IDLE = timedelta(hours=12)
"""A session that nobody used for so long is over."""
LONGEST = timedelta(days=14)
"""No session lasts longer, used or not."""

TRIES = 10
"""Failed tries per account, and per address, within ``TRIES_WITHIN``."""
TRIES_WITHIN = timedelta(minutes=1)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256

FEWEST_CHARACTERS = 5
"""A password of fewer different characters is a pattern."""


class AccountState(StrEnum):
    """Whether a person can sign in."""

    NONE = "none"
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Purpose(StrEnum):
    """What a one-time token lets its bearer do."""

    SET_UP = "set-up"
    INVITATION = "invitation"
    RESET = "reset"


LIFETIME = {
    Purpose.SET_UP: timedelta(days=7),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(minutes=30),
}
"""How long a token waits to be used."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """The passwords that are tried first, folded.

    Attributes:
        all: Every one of them.
        parts: Those of four characters and more among the first ``TRIED_FIRST``.
    """

    all: frozenset[str]
    parts: frozenset[str]

    @classmethod
    def of(cls, ranked: Sequence[str]) -> "Guesses":
        """Return the guesses of a list in the order in which they are tried."""
        parts = {fold(each) for each in ranked[:TRIED_FIRST]}
        return cls(frozenset(map(fold, ranked)), frozenset(p for p in parts if len(p) > 3))


class SignInRefused(Invalid):
    """The address or the password is wrong, or this person may not sign in; never which."""

    code = "identity.sign-in-refused"


class TooManyTries(SpmError):
    """Wait a minute."""

    code = "identity.too-many-tries"


class TokenSpent(NotFound):
    """No such one-time link, or it was used, or its time is over."""

    code = "identity.token-spent"


class PasswordWrong(Invalid):
    """The present password is another one."""

    code = "identity.password-wrong"


class PasswordShort(Invalid):
    """Fewer characters than hold against guessing."""

    code = "identity.password-short"


class PasswordLong(Invalid):
    """More characters than anybody types."""

    code = "identity.password-long"


class PasswordCommon(Invalid):
    """Among the first that anybody would guess."""

    code = "identity.password-common"


class PasswordMissing(Conflict):
    """Without an e-mail address nobody can sign in."""

    code = "identity.email-missing"


class SetUpDone(Conflict):
    """The organisation is set up already."""

    code = "identity.set-up-done"


# What people put into passwords when they must be long; in a password that is little else, the rest
# is found by the same list with digits around it.
_COMMON = """
    password passwort passwd pass login signin welcome letmein access admin administrator root user
    guest test testing demo example default changeme change secret qwerty qwertyuiop qwertz azerty
    asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx wsxedc rfvtgb yhnujm iloveyou iloveme love lovely baby
    monkey dragon master shadow sunshine princess superman batman football baseball basketball soccer
    hockey michael jordan jennifer jessica daniel charlie thomas andrew robert ashley amanda hunter
    killer pepper ginger summer winter spring autumn monday tuesday wednesday thursday friday saturday
    sunday january february march april june july august september october november december trustno
    freedom whatever starwars pokemon cheese computer internet samsung google facebook microsoft apple
    company sales business office money hello hallo bonjour hola family mother father brother sister
    flower angel jesus christ god bless heaven forever always never nothing something everything abc
    abcd abcde abcdef abcdefg alphabet one two three four five six seven eight nine ten zero the and my
    your is this that it for me you we us new old big very good best safe strong correct horse battery
    staple blink ninja mustang corvette ferrari yankees arsenal liverpool chelsea barcelona realmadrid
    purple orange yellow banana cookie chocolate coffee bailey buster tigger maggie matrix phoenix
    spm server database system manager rep quota target pipeline deal
""".split()  # noqa: SIM905
_LEET = str.maketrans("@4310$5!7", "aaeiossit")
_WALKS = (
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "01234567890123456789012345678901234567890123456789",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "йцукенгшщзхїфівапролджєячсмитьбю",
    "йцукенгшщзхъфывапролджэячсмитьбю",
)


TRIED_FIRST = 3_000
"""How many of the passwords that people have are taken as parts of a longer one (reliability.md, G4)."""
FEW_PARTS = 3
"""One that consists of so many of these, and little else, is guessed by putting them together."""


def check_password(
    password: str,
    known: Iterable[str] = (),
    field: str = "password",
    *,
    guesses: Guesses | None = None,
) -> None:
    """Let pass a password that is not among the first guesses.

    Length decides (NIST SP 800-63B, 5.1.1.2); no rule asks for signs of a certain kind. Refused is
    what is short, a pattern or a walk over the keyboard, made of common words and digits, or little
    more than what everybody ``known``: the person's name, address, the organisation.

    Args:
        password: As typed.
        known: Texts about the person.
        field: What the error names.
        guesses: The passwords that are tried first.

    Raises:
        PasswordShort, PasswordLong, PasswordCommon: It does not hold.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordShort(field=field, least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise PasswordLong(field=field, most=LONGEST_PASSWORD)
    folded = fold(password)
    if (
        len(set(folded)) < FEWEST_CHARACTERS
        or _is_repeated(folded)
        or _is_walk(squeeze(folded))
        or _is_made_of_words(folded, known)
        or (guesses is not None and _is_guess(folded, guesses))
    ):
        raise PasswordCommon(field=field)


def _is_guess(text: str, guesses: Guesses) -> bool:
    """Return whether it is one that is tried first, or few of the first put together."""
    forms = {text, squeeze(text), text.translate(_LEET)}
    return not forms.isdisjoint(guesses.all) or any(_is_put_together(f, guesses) for f in forms)


def _is_put_together(text: str, guesses: Guesses) -> bool:
    """Return whether at most ``FEW_PARTS`` guesses cover all but a few of its characters."""
    lengths = range(4, max(map(len, guesses.parts), default=0) + 1)
    # covered[k]: at the place that has been reached, how much of the text k guesses can cover.
    covered = [[0] * (FEW_PARTS + 1)]
    for end in range(1, len(text) + 1):
        best = list(covered[-1])
        for length in lengths:
            if length <= end and text[end - length : end] in guesses.parts:
                before = covered[end - length]
                for parts in range(1, FEW_PARTS + 1):
                    best[parts] = max(best[parts], before[parts - 1] + length)
        covered.append(best)
    most = max(covered[-1])
    return most > 0 and len(text) - most < FEWEST_CHARACTERS


def _is_repeated(text: str) -> bool:
    """Return whether a shorter text makes up this one: ``abcabcabcabc``."""
    return text in (text + text)[1:-1]


def _is_walk(text: str) -> bool:
    return any(text in walk or text in walk[::-1] for walk in _WALKS)


def _is_made_of_words(text: str, known: Iterable[str]) -> bool:
    """Return whether fewer than five letters are left without common words, and few digits."""
    words = set(_COMMON)
    for each in known:
        words.update(map(squeeze, fold(each).replace("@", " ").replace(".", " ").split()))
    # Shorter ones are in every text.
    longest_first = sorted((word for word in words if len(word) > 2), key=len, reverse=True)
    return any(_rest(form, longest_first) for form in {text, text.translate(_LEET)})


def _rest(text: str, words: list[str]) -> bool:
    left = squeeze(text)
    for word in words:
        left = left.replace(word, " ")
    letters = sum(c.isalpha() for c in left)
    digits = sum(c.isdigit() for c in left)
    return letters < FEWEST_CHARACTERS and digits <= 8 and " " in left
