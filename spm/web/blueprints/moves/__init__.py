"""Proposals to move people."""
