"""PDF: records in, bytes out."""
