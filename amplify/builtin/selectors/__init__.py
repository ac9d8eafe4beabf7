"""Selectors that need no library."""
