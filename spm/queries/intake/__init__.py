"""Imports as people see them."""
