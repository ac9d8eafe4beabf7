"""The plan: read from a TOML file and the command line, and validated."""
