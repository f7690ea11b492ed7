"""Loading files: what is recognised, what is written, what is refused."""
