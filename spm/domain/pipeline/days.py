"""How many deals took how many days, as the rollup keeps it: a text that grows at its end."""

from collections import Counter
from collections.abc import Mapping


def days_text(days: Mapping[int, int] | None) -> str:
    """Return {5: 2} as ``5:2`` and a space; of nothing, nothing."""
    if not days:
        return ""
    return "".join(f"{taken}:{deals} " for taken, deals in sorted(days.items()) if deals)


def days_of(text: str) -> Counter[int]:
    """Return what one or several ``days_text`` wrote, added up; days that none took are left out."""
    found: Counter[int] = Counter()
    # Many pairs are alike: each different one is read once.
    for pair, times in Counter(text.split()).items():
        taken, _, deals = pair.partition(":")
        found[int(taken)] += int(deals) * times
    return Counter({taken: deals for taken, deals in found.items() if deals})
