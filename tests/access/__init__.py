"""The access matrix, and what holds the code against it."""
