"""Calls to a service: how many at a time, how fast, when again, and when no more."""
