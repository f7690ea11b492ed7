"""The tree of teams and one team."""
