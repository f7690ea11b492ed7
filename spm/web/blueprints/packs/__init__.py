"""Pages about review packs."""
