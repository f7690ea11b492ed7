"""Pages about goals."""
