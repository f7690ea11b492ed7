"""The words of enumerations and error codes, one table a feature."""
