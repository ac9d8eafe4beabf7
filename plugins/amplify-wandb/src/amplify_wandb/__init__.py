"""Logs runs of amplify to Weights & Biases."""
