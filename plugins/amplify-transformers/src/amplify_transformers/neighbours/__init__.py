"""Selectors by the distance of texts in the space of a sentence encoder."""
