"""Executors that need no library."""
