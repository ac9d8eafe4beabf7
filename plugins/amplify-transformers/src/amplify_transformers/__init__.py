"""Proxies and a local LLM provider for amplify, from Hugging Face transformers."""
