"""The LLM provider `transformers/local`: greedy replies and label rankings, prefixes shared."""
