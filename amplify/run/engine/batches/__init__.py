"""Calls handed over to a service in batches, and fetched when it is done."""
