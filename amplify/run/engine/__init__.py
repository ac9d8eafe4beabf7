"""The engine: puts requests to the provider, as fast as it allows, and asks nothing twice."""

from amplify.run.engine.engine import Engine, Outcome
from amplify.run.engine.key import request_key
from amplify.run.engine.stop import Stop

__all__ = ["Engine", "Outcome", "Stop", "request_key"]
