"""What the figures mean, and what stands behind one."""
