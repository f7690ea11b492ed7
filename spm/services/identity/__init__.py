"""Use cases of signing in: sessions, passwords, one-time links, the first administrator."""
