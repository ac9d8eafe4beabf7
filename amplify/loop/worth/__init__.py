"""What the parts of a prompt are worth: coalitions, Shapley values, and how sure they are."""
