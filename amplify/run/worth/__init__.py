"""Asks the LLM what the demonstrations of a prepared arm are worth."""
