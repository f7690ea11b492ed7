"""The figures: one entry that answers every question, and the rows behind an answer."""
