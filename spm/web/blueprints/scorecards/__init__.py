"""Pages about scorecards."""
