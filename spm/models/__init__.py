"""Tables: rows are named ...Row and never leave queries and services."""
