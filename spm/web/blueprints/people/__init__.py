"""The directory, a person, and who belongs where."""
