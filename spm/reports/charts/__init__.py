"""Charts: each one drawing with two outputs, vector in a pack and inline SVG on a page."""
