"""Scorecards and what they say in one sentence: pure."""
