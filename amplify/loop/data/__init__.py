"""The examples: split into train, pool and test, with no text in two of them."""
