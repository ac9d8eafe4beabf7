"""The survey: what the proxy and the LLM make of the pool's examples."""
