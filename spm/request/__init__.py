"""What the web and the API share: identity, access, the unit of work, errors to status."""
