"""The comparison: arms on the same items, the tests, and the verdict in words."""
