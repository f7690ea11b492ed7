"""Offices, regions and territories."""
