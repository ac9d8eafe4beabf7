"""Exports of a finished prompt, a file for each format; data are escaped as the format wants it."""
