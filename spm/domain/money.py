"""Money as whole minor units of one currency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Self

from spm.domain.errors import Invalid, SpmError

_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP "
    "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER "
    "ZAR ZMW ZWG"
)
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"

MINOR_DIGITS: dict[str, int] = {
    code: digits
    for digits, codes in ((2, _TWO), (0, _NONE), (3, _THREE), (4, _FOUR))
    for code in codes.split()
}
"""Digits after the point, by ISO 4217 code."""

LARGEST_MINOR = 10**17
"""Amounts of this many minor units or more are refused; a sum of 90 still fits 64 bits."""


class CurrencyMismatch(SpmError):
    """Two amounts of different currencies met."""

    code = "money.currency-mismatch"


class CurrencyUnknown(Invalid):
    """No currency has this code."""

    code = "money.currency-unknown"


class AmountInexact(Invalid):
    """The currency has no coin that small, or the number is not finite."""

    code = "money.inexact"


class AmountTooLarge(Invalid):
    """More money than a column holds."""

    code = "money.too-large"


def minor_digits(code: str) -> int:
    """Return the digits after the point of the currency ``code`` (EUR 2, JPY 0, KWD 3).

    Raises:
        CurrencyUnknown: ISO 4217 has no such code.
    """
    try:
        return MINOR_DIGITS[code]
    except KeyError:
        raise CurrencyUnknown(currency=code) from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money; ordered within one currency only.

    Attributes:
        currency: ISO 4217 code, upper case.
        minor: Whole minor units (cents, kopiykas; yen and won as they are).
    """

    currency: str
    minor: int

    @classmethod
    def of(cls, currency: str, amount: Decimal) -> Self:
        """Return ``amount`` of ``currency``, exactly.

        Raises:
            CurrencyUnknown: ISO 4217 has no such code.
            AmountInexact: ``amount`` has more digits than the currency, or is not finite.
            AmountTooLarge: ``amount`` is beyond ``LARGEST_MINOR``.
        """
        digits = minor_digits(currency)
        if not amount.is_finite():
            raise AmountInexact(currency=currency, amount=str(amount))
        if amount and amount.adjusted() + digits > len(str(LARGEST_MINOR)):
            raise AmountTooLarge(currency=currency, amount=str(amount))
        exact = Context(prec=len(amount.as_tuple().digits) + 1, Emin=MIN_EMIN, Emax=MAX_EMAX)
        scaled = amount.scaleb(digits, exact) if amount else Decimal(0)
        minor = int(scaled)
        if minor != scaled:
            raise AmountInexact(currency=currency, amount=str(amount))
        if abs(minor) >= LARGEST_MINOR:
            raise AmountTooLarge(currency=currency, amount=str(amount))
        return cls(currency, minor)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing of ``currency``."""
        return cls(currency, 0)

    @property
    def amount(self) -> Decimal:
        """The amount in units of the currency, with the currency's own digits (``12.50``)."""
        numerals = tuple(map(int, str(abs(self.minor))))
        return Decimal((int(self.minor < 0), numerals, -minor_digits(self.currency)))

    def __str__(self) -> str:
        """The amount in plain digits and its currency, ``12.50 EUR``: for logs, not for people."""
        return f"{self.amount} {self.currency}"

    def __add__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.currency, self.minor + other.minor)

    def __sub__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.currency, self.minor - other.minor)

    def __neg__(self) -> Self:
        return type(self)(self.currency, -self.minor)

    def __lt__(self, other: Self) -> bool:
        self._same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: Self) -> bool:
        self._same_currency(other)
        return self.minor <= other.minor

    def __gt__(self, other: Self) -> bool:
        return other < self

    def __ge__(self, other: Self) -> bool:
        return other <= self

    def times(self, rate: Decimal) -> Self:
        """Return this amount times ``rate``, half-even to the minor unit."""
        with localcontext() as context:
            context.prec = 60
            scaled = (Decimal(self.minor) * rate).quantize(Decimal(1), ROUND_HALF_EVEN)
        return type(self)(self.currency, int(scaled))

    def split(self, weights: Sequence[int]) -> tuple[Self, ...]:
        """Share this amount out by ``weights`` so that the parts sum to it.

        Args:
            weights: Non-negative, not all zero.

        Returns:
            One amount per weight, in order; the odd minor units go to the largest remainders,
            the earlier part first (Hare's largest remainder).

        Raises:
            ValueError: ``weights`` is empty, negative or all zero.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            msg = "weights must be non-negative and not all zero"
            raise ValueError(msg)
        shares = [self.minor * weight // total for weight in weights]
        spare = self.minor - sum(shares)
        by_remainder = sorted(
            range(len(weights)), key=lambda i: (-(self.minor * weights[i] % total), i)
        )
        for i in by_remainder[:spare]:
            shares[i] += 1
        return tuple(type(self)(self.currency, minor) for minor in shares)

    def _same_currency(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)


def total(currency: str, amounts: Iterable[Money]) -> Money:
    """Return the sum of ``amounts``; zero ``currency`` where there are none.

    Raises:
        CurrencyMismatch: One of them is in another currency.
    """
    return sum(amounts, start=Money.zero(currency))
