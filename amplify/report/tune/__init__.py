"""A tune on the console: its race, round by round, and its result."""
