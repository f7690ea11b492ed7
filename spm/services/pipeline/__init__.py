"""What people do with deals, accounts, products and pipelines."""
