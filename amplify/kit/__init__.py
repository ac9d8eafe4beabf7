"""What plugin authors may use and need not know: words, perturbation, pooling, bounds, HTTP."""
