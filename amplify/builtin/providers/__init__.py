"""Providers that call no service."""
