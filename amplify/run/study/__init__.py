"""Studies: a grid of runs that share their work."""
