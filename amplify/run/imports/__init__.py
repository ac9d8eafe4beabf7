"""Reads the prompts and items of other tools, to make a plan of them."""
