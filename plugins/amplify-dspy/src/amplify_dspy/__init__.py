"""DSPy's prompt optimisers as arms of amplify's runs, and amplify's demonstrations for DSPy."""
