"""A linear proxy for amplify and its exact coefficients, on scikit-learn."""
