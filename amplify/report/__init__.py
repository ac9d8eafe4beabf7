"""Runs, plans and plugins on the console, and the streams that commands write to."""
