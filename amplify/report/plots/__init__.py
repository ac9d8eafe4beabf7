"""Plots of the accuracy of every draw, on the console and as files."""
