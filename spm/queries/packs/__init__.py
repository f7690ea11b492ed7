"""Reads of review packs: what one shows, and those that were issued."""
