"""Use cases of the organisation: people, roles, teams, places, and who belongs where."""
