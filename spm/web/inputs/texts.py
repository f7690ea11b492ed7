"""Fields of text: cleaned, measured and refused at this border, and shown again as they were typed."""

import re
from typing import Any

from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import PasswordInput, TextArea, TextInput

from spm.domain.errors import Invalid
from spm.domain.text import clean_block, clean_line
from spm.i18n import labels
from spm.i18n.words import gettext

BLOCK_LENGTH = 20_000

LINE_LENGTH = 200

SECRET_LENGTH = 256

RAW_LENGTH = 200_000
"""Beyond this nothing is even looked at."""

ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def shown(raw: object) -> str:
    """Return what was typed as it can be shown again: nothing that breaks an answer."""
    text = str(raw)[:RAW_LENGTH].encode("utf-8", "replace").decode("utf-8")
    return "".join(each for each in text if each >= " " or each in "\t\n\r")


class Typed(StringField):
    """A field of one text box that reads its input itself.

    ``required`` refuses nothing at all; otherwise nothing is ``empty``.
    """

    data: Any
    widget: Any = TextInput()
    empty: object = None
    is_numeric = False

    def __init__(
        self,
        label: str = "",
        *,
        required: bool = True,
        hint: str = "",
        autocomplete: str = "off",
        **kwargs: Any,
    ) -> None:
        self.form: Any = kwargs.get("_form")
        kwargs.setdefault("description", hint)
        kwargs["render_kw"] = {
            "autocomplete": autocomplete,
            **({"inputmode": "decimal"} if self.is_numeric else {}),
            **(kwargs.get("render_kw") or {}),
        }
        super().__init__(label, **kwargs)
        self.required = required
        self.flags.required = required

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            if self.data is None:
                self.data = self.empty
            return
        raw = str(valuelist[0])
        self.data = self.empty
        if len(raw) > RAW_LENGTH:
            raise ValidationError(gettext("This is too long."))
        try:
            value = self.read(raw)
        except Invalid as error:
            raise ValidationError(labels.problem(error)) from error
        self.data = self.empty if value is None else value

    def pre_validate(self, _form: object) -> None:
        if self.required and not self.process_errors and self.data in (None, ""):
            raise ValidationError(gettext("This is needed."))

    def read(self, raw: str) -> object:
        """Return the value typed, here as it is; None where there is none.

        Raises:
            ValidationError, Invalid: It is not acceptable.
        """
        return raw

    def write(self, value: Any) -> str:
        """Return a value as a person would type it."""
        return str(value)

    def _value(self) -> str:
        if self.raw_data:
            return shown(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)


class LineField(Typed):
    """One line of clean text; empty is ``""``."""

    empty = ""

    def __init__(self, label: str = "", *, max_length: int = LINE_LENGTH, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.max_length = max_length
        self.flags.maxlength = max_length

    def read(self, raw: str) -> object:
        """Return the cleaned line."""
        return clean_line(raw, self.max_length, self.name)


class BlockField(LineField):
    """Clean text of several lines; empty is ``""``."""

    widget = TextArea()

    def __init__(self, label: str = "", *, max_length: int = BLOCK_LENGTH, **kwargs: Any) -> None:
        super().__init__(label, max_length=max_length, **kwargs)

    def read(self, raw: str) -> object:
        """Return the cleaned text."""
        return clean_block(raw, self.max_length, self.name)


class SecretField(Typed):
    """A password: taken as it is, never shown again, at most 256 characters."""

    widget = PasswordInput(hide_value=True)
    empty = ""

    def read(self, raw: str) -> object:
        """Return the password unchanged."""
        if len(raw) > SECRET_LENGTH:
            raise ValidationError(gettext("At most %(most)s characters.", most=SECRET_LENGTH))
        if shown(raw) != raw:
            raise ValidationError(gettext("This holds characters that cannot be typed."))
        return raw
