"""The review pack of a person as PDF."""
