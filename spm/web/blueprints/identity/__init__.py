"""Signing in and out, invitations, and the first set-up."""
