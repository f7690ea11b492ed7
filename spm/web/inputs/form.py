"""The form that every form of the house is: once, with the version that it edits."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField

from spm.domain.errors import Invalid
from spm.i18n import labels
from spm.web.inputs.texts import ID


def once_token() -> str:
    """Return a new token for one sending of one form."""
    return secrets.token_urlsafe(18)


def unless_sent(shown: Mapping[str, object]) -> Mapping[str, object]:
    """Return what a form starts with; one that was sent holds what was sent and nothing else."""
    return {} if request.method == "POST" else shown


class _OnceField(HiddenField):
    """A fresh token each time that the form is drawn, so that a corrected form is a new act."""

    def _value(self) -> str:
        return once_token()


class _VersionField(HiddenField):
    """The version of the thing that the person saw; None where the form makes a new one."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        raw = str(valuelist[0]) if valuelist else ""
        self.data = int(raw) if ID.fullmatch(raw) else None


class Form(FlaskForm):
    """A form of the house: protected against forgery, sent once, aware of the version it edits.

    A subclass lists its fields; a route reads ``form.field.data`` by name. ``currency`` and
    ``fiscal_start`` tell money and period fields how to read.
    """

    once = _OnceField()
    version = _VersionField()

    def __init__(
        self, *args: Any, currency: str = "USD", fiscal_start: int = 1, **kwargs: Any
    ) -> None:
        self.currency = currency
        self.fiscal_start = fiscal_start
        super().__init__(*args, **kwargs)
        if self.is_submitted():
            g.sent_form = self  # an edit that turns out to be stale is shown in its words

    def is_accepted(self) -> bool:
        """Return whether the form was sent and every field of it holds."""
        return bool(self.validate_on_submit())

    def refuse(self, error: Invalid) -> None:
        """Put what the domain refused beside the field that it names, else above the form."""
        said = labels.problem(error)
        field = self._fields.get(error.field or "")
        if field is None or isinstance(field, HiddenField):
            self.form_errors.append(said)
        else:
            field.errors = [*field.errors, said]

    def visible(self) -> Iterable[Field]:
        """Yield the fields that a person fills in, in order."""
        return (each for each in self._fields.values() if not isinstance(each, HiddenField))

    @property
    def status(self) -> int:
        """The status of an answer that shows this form: 422 once it was refused, else 200."""
        return 422 if self.is_submitted() and (self.errors or self.form_errors) else 200
