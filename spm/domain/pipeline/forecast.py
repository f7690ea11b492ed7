"""Forecast categories: how sure an open deal is, in the words in which forecasts are spoken of."""

from enum import StrEnum

COMMIT_FROM_BP = 7_000
BEST_CASE_FROM_BP = 4_000


class Category(StrEnum):
    """Where an open deal stands in a forecast, the surest first."""

    COMMIT = "commit"
    BEST_CASE = "best-case"
    PIPELINE = "pipeline"


def category_of(probability_bp: int) -> Category:
    """Return the category of a deal whose stage is won at ``probability_bp`` basis points.

    Single categories: best case does not hold what is committed.

    Source:
        metrics.md 3.8: the stage sets the category; stored single, added up when shown. Where the
        categories meet is ours (ADR 0045).
    """
    if probability_bp >= COMMIT_FROM_BP:
        return Category.COMMIT
    return Category.BEST_CASE if probability_bp >= BEST_CASE_FROM_BP else Category.PIPELINE
