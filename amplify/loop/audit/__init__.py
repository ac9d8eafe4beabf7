"""The audit of prepared arms: test items in what they show, faithfulness, and equal prompts."""
