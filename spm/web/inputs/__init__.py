"""What forms are made of, by what a field holds; forms take them from ``spm.web.fields``."""
