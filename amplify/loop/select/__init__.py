"""The selection: which pool examples are shown as demonstrations."""
