"""Reads of pipelines, deals, accounts and products."""
