"""The proxy `transformers/verbalizer`: a language model's probabilities of the labels' tokens."""
