"""The explanation: from attributions to key words, and how faithful they are."""
