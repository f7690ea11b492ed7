"""The question that an address asks."""

from collections.abc import Mapping

from spm.domain.errors import NotFound
from spm.queries.metrics.asking import Asked

ARGUMENTS = ("period", "as_of", "by", "kpi", "basis", "teams")


def asked_by(query: Mapping[str, str]) -> Asked:
    """Return the question of an address: as ``spm metric`` takes it, people and stages by id.

    Raises:
        NotFound: No metric is named.
    """
    given = {name: query[name] for name in ARGUMENTS if query.get(name)}
    given |= {
        name: f"id:{query[name]}"
        for name in ("rep", "team", "territory", "stage")
        if query.get(name)
    }
    given |= {
        argument: query[name]
        for argument, name in (("start", "from"), ("end", "to"))
        if query.get(name)
    }
    if not query.get("metric"):
        raise NotFound(what="metric")
    return Asked(query["metric"], **given)
