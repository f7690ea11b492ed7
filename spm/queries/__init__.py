"""Reads: the SQL lives here; frozen records come out."""
