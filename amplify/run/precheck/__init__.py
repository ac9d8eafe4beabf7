"""What `plan` and `run` refuse alike before anything costs."""
