"""What a study found: its sections on the console, and its tables as files."""
