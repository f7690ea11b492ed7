"""Benchmarks with their generator: they print ratios and keep no absolute promise."""
