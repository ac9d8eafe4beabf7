"""The built-in plugin: its declarations, their options, and a folder for each role."""
