"""The version of the core and, by links to this file, of every plugin in this repository."""

__version__ = "0.1.0"
