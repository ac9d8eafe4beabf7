"""The cache of replies: what a service has answered, it is not paid for twice."""
