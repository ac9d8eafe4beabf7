"""SHAP explainers for amplify, on shap's own classes."""
