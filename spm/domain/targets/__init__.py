"""What people agreed to reach, and how far they are: pure."""
