"""A study on the console, its tables as files, and the forecast of its calls."""
