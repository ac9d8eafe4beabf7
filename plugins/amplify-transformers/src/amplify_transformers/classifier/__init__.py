"""The proxy `transformers/classifier`: an encoder with a classification head, fine-tuned."""
