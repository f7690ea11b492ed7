"""Passwords that are worth something."""

import pytest

from spm.domain.identity import PasswordCommon, PasswordLong, PasswordShort, check_password

KNOWN = ("Ada Lovelace", "ada.lovelace@example.com", "Analytical Engines")


@pytest.mark.parametrize(
    "password",
    ["copper kettle on a slow train", "vV8#kq2!mWz0", "ein Zaun aus Regen", "桜の木の下で会いましょうね", "x7 gloaming lantern",
     "тихий вечір над річкою", "password of a marmalade tiger kingdom"],
)  # fmt: skip
def test_a_long_text_of_ones_own_passes(password: str) -> None:
    check_password(password, KNOWN)


@pytest.mark.parametrize("password", ["", "short", "elevenchars"])
def test_a_short_one_is_refused(password: str) -> None:
    with pytest.raises(PasswordShort):
        check_password(password)


def test_an_endless_one_is_refused() -> None:
    with pytest.raises(PasswordLong):
        check_password("x y z w q " * 30)


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaa", "abcabcabcabc", "123456789012", "qwertyuiop[]", "QWERTYUIOPAS", "1qaz2wsx3edc", "abcdefghijkl",
     "password1234", "P@ssw0rd2026", "Welcome2026!", "passwordpassword", "administrator1", "iloveyou2024!",
     "AdaLovelace1!", "lovelace-1815", "ada.lovelace@example.com", "Analytical2026", "letmein letmein 99",
     "correcthorsebatterystaple", "ｐａｓｓｗｏｒｄ１２３４", "qwertyqwerty12", "Summer2026!!", "spm-spm-spm-2026"],
)  # fmt: skip
def test_a_first_guess_is_refused(password: str) -> None:
    with pytest.raises(PasswordCommon):
        check_password(password, KNOWN)
