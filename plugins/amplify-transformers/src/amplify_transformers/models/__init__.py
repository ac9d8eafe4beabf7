"""A model's files, how they are loaded, the device it runs on, and its frozen layers."""
