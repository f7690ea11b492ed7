"""Rules and arithmetic: pure, standard library only."""
