"""Rows of token ids in padded batches, and the scores of examples that come of them."""
