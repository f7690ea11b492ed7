"""Tests of what requests share."""
