"""What changed in a pipeline."""
