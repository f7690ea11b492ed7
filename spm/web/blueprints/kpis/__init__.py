"""Pages about kpis."""
