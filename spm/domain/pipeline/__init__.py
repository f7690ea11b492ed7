"""The pipeline: its stages, the deals in them, and what happened to each."""
