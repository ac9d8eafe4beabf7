"""LLMs by OpenAI's API, and by every server that speaks it."""
