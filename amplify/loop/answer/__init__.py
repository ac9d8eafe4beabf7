"""The answer: the test items put to the LLM, its replies read and scored."""
