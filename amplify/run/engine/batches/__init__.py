"""Batch mode: many requests handed over at once, and fetched when the service is done."""
