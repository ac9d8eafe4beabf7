"""The cache of replies: what a service has answered, it is not paid for twice."""

from amplify.run.cache.cache import Cache
from amplify.run.cache.place import cache_file, cache_folder

__all__ = ["Cache", "cache_file", "cache_folder"]
