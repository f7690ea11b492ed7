"""Reads of goals, KPIs and targets."""
