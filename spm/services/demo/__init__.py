"""A demo company: generated from a seed, believable, the same again for the same seed and day."""
