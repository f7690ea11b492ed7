"""What people come for, from the sign-in to the last click, in a real browser."""
