"""Fields that take only what they offer: one of a list, several, a box, a file."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_wtf.file import MultipleFileField
from wtforms import BooleanField
from wtforms.fields.choices import Choice, SelectFieldBase  # type: ignore[attr-defined]
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, Select

from spm.domain.errors import Invalid
from spm.i18n.words import gettext
from spm.web.inputs.texts import ID, LINE_LENGTH

Choices = Sequence[tuple[Any, str]]


class Offering(SelectFieldBase):
    """A field that takes only what it offers.

    ``choices`` are (value, words) pairs, given by the route or the form for this actor only.
    ``coerce`` turns the text sent into the value.
    """

    def __init__(
        self,
        label: str = "",
        *,
        choices: Choices | None = None,
        coerce: Callable[[str], Any] = str,
        required: bool = True,
        hint: str = "",
        **kwargs: Any,
    ) -> None:
        self.required = required
        self.choices: Choices = list(choices or ())
        self.coerce = coerce
        kwargs.setdefault("description", hint)
        super().__init__(label, **kwargs)
        self.flags.required = required

    def options(self) -> list[tuple[Any, str]]:
        """Return the (value, words) pairs on offer."""
        return list(self.choices or ())


class ChoiceField(Offering):
    """One of the choices offered to this person; anything else is refused.

    An optional one starts with an empty choice, called ``nothing``; its value is None.
    """

    widget = Select()

    def __init__(self, label: str = "", *, nothing: str = "", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.nothing = nothing

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was chosen."""
        if not valuelist:
            return
        raw = str(valuelist[0])[:LINE_LENGTH]
        try:
            self.data = self.coerce(raw) if raw else None
        except (ValueError, TypeError, Invalid) as error:
            self.data = None
            raise ValidationError(gettext("Choose one of the list.")) from error

    def pre_validate(self, _form: object) -> None:
        """Refuse what was not offered."""
        if self.data is None:
            if self.required and not self.process_errors:
                raise ValidationError(gettext("Choose one."))
        elif all(self.data != value for value, _words in self.options()):
            self.data = None
            raise ValidationError(gettext("Choose one of the list."))

    def iter_choices(self) -> Any:
        """Yield what the widget draws: an empty choice first where none is needed or made."""
        if not self.required or self.data is None:
            words = gettext(self.nothing) if self.nothing else ""
            yield Choice("", words, self.data is None, {})
        for value, words in self.options():
            yield Choice(value, words, value == self.data, {})


def _as_id(raw: str) -> int:
    if ID.fullmatch(raw) is None:
        raise ValueError(raw)
    return int(raw)


class IdField(ChoiceField):
    """One thing of those offered to this person, by its id."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, coerce=_as_id, **kwargs)


class ChoicesField(Offering):
    """Any number of the choices offered to this person, as a list of values."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "", *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, required=required, **kwargs)
        self.flags.required = False  # each box alone is not needed

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was chosen."""
        try:
            self.data = [self.coerce(str(raw)[:LINE_LENGTH]) for raw in valuelist[:1000]]
        except (ValueError, TypeError, Invalid) as error:
            self.data = []
            raise ValidationError(gettext("Choose from the list.")) from error

    def pre_validate(self, _form: object) -> None:
        """Refuse what was not offered."""
        if self.required and not self.data:
            raise ValidationError(gettext("Choose at least one."))
        offered = [value for value, _words in self.options()]
        if any(each not in offered for each in self.data or ()):
            self.data = []
            raise ValidationError(gettext("Choose from the list."))

    def iter_choices(self) -> Any:
        """Yield what the widget draws."""
        for value, words in self.options():
            yield Choice(value, words, value in (self.data or ()), {})


class BoolField(BooleanField):
    """A box to tick."""

    def __init__(self, label: str = "", *, hint: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("description", hint)
        super().__init__(label, **kwargs)


class FilesField(MultipleFileField):
    """Files to send, ``most`` of them and at least one; ``accept`` names their endings: ``.csv,.xlsx``."""

    data: Any

    def __init__(
        self, label: str = "", *, most: int, accept: str = "", hint: str = "", **kwargs: Any
    ) -> None:
        kwargs.setdefault("description", hint)
        super().__init__(label, **kwargs)
        self.most = most
        self.accept = accept
        self.required = True
        self.flags.required = True
        self.flags.accept = accept

    def pre_validate(self, _form: object) -> None:
        """Keep the files that were really chosen."""
        self.data = [file for file in self.data or () if file and file.filename]
        if not self.data:
            raise ValidationError(gettext("Choose at least one file."))
        if len(self.data) > self.most:
            raise ValidationError(gettext("At most %(most)s files at a time.", most=self.most))
