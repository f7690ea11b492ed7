"""What each figure is called, takes and means, and the arithmetic that gives it."""
