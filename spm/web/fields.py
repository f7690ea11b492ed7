"""Forms and their fields: everything typed is cleaned, measured and refused at this border.

A field that refuses says why in its ``errors`` and keeps what was typed; what it accepts is a
domain value (``Money``, ``Decimal``, ``date``, ``NamedPeriod``, clean text), never raw input.
Labels and hints are English words marked with ``N_``; the components speak them.
"""

from spm.web.inputs.amounts import DecimalField, MoneyField, RatioField, WholeField
from spm.web.inputs.choices import (
    BoolField,
    ChoiceField,
    ChoicesField,
    FilesField,
    IdField,
)
from spm.web.inputs.dates import DateField, PeriodField
from spm.web.inputs.form import Form, once_token, unless_sent
from spm.web.inputs.texts import BlockField, LineField, SecretField

__all__ = [
    "BlockField",
    "BoolField",
    "ChoiceField",
    "ChoicesField",
    "DateField",
    "DecimalField",
    "FilesField",
    "Form",
    "IdField",
    "LineField",
    "MoneyField",
    "PeriodField",
    "RatioField",
    "SecretField",
    "WholeField",
    "once_token",
    "unless_sent",
]
