"""From text to token ids; special tokens that a text spells are read as text."""
