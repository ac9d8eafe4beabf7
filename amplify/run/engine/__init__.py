"""The engine: puts requests to the provider, as fast as it allows, and asks nothing twice."""
