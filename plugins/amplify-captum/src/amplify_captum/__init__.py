"""Gradient explainers for amplify, on Captum's own classes."""
