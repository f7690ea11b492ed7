"""Tests; they mirror spm."""
