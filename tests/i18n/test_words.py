"""Which language is spoken, and how a message is filled."""

import pytest

from spm.i18n import words
from spm.i18n.words import Words, negotiate, words_for


@pytest.mark.parametrize(
    ("setting", "accepted", "organisation", "expected"),
    [
        ("ko", ("ja",), "uk", "ko"),
        (None, ("uk-UA", "en"), "ja", "uk"),
        (None, ("ja-JP",), None, "ja"),
        (None, ("fr", "de"), "ko", "ko"),
        (None, ("fr",), None, "en"),
        ("xx", (), "yy", "en"),
        (None, ("*",), None, "en"),
        (None, ("not a tag", "uk"), None, "uk"),
    ],
)
def test_the_language_is_the_persons_then_the_browsers_then_the_houses(
    setting: str | None, accepted: tuple[str, ...], organisation: str | None, expected: str
) -> None:
    assert negotiate(setting, accepted, organisation) == expected


UKRAINIAN = Words(
    "uk",
    {"Deals": "Угоди", "month\x04May": "травень"},
    {"%(num)s deal": ("%(num)s угода", "%(num)s угоди", "%(num)s угод")},
    lambda n: 0 if n % 10 == 1 else 1 if 1 < n % 10 < 5 else 2,
)


@pytest.mark.parametrize(("num", "expected"), [(1, "1 угода"), (3, "3 угоди"), (8, "8 угод")])
def test_a_plural_takes_the_form_of_its_language(num: int, expected: str) -> None:
    assert UKRAINIAN.ngettext("%(num)s deal", "%(num)s deals", num) == expected


def test_what_is_not_translated_is_said_in_english() -> None:
    assert UKRAINIAN.gettext("Deals") == "Угоди"
    assert UKRAINIAN.gettext("Of %(name)s", name="Ada") == "Of Ada"
    assert UKRAINIAN.pgettext("month", "May") == "травень"
    assert UKRAINIAN.pgettext("verb", "May") == "May"
    assert UKRAINIAN.ngettext("%(num)s row", "%(num)s rows", 2) == "2 rows"


@pytest.mark.parametrize("locale", words.LANGUAGES)
def test_every_language_can_be_spoken(locale: str) -> None:
    assert words_for(locale).locale == locale


def test_a_language_is_spoken_inside_its_block_only() -> None:
    with words.speaking("ja"):
        assert words.current().locale == "ja"
    assert words.current().locale == "en"


def test_a_language_that_is_not_spoken_is_english() -> None:
    assert words_for("../../etc").locale == "en"
