"""Words and formats."""
