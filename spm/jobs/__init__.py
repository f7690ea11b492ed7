"""What a clock or a queue starts."""
