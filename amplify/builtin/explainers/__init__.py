"""Explainers that need no model."""
