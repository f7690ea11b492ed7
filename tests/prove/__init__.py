"""The promises of docs/reliability.md: a short form in every run, the long one by ``make prove``."""
