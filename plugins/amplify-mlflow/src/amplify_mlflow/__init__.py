"""Logs runs of amplify to MLflow."""
