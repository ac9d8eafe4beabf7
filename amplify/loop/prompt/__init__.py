"""The prompt: an arm, its demonstrations, and the texts and turns made of them."""
