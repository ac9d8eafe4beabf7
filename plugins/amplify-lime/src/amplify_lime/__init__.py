"""LIME for amplify, on lime's own text explainer."""
