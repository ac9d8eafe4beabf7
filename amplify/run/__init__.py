"""A plan carried out, and what it leaves on disk.

The package can be called: `amplify.run(data)` is the function `run` of `amplify.api.run`.
"""
