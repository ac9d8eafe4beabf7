"""Train the embedded model from nothing: synthetic episodes, supervised attention, one command."""
