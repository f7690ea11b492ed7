"""From the cells of a file to records, by layouts that are data."""
