"""A run's finished prompt: kept in a file of its own, asked about new texts, and exported."""
