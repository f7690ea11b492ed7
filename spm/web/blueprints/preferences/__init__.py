"""What a device remembers of the look."""
