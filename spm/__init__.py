"""Sales performance management and coaching."""
