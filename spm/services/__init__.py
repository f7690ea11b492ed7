"""Use cases: who may, what changes, what is recorded; they never commit."""
