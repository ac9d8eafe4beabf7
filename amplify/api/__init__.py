"""The Python API: `amplify.run`, `amplify.tune` and `Run`, which read like the commands."""
