"""The only code that touches the outside: clock, database engine, files, spreadsheets."""
