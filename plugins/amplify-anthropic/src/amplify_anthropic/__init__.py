"""LLMs by Anthropic's API."""
