"""The libraries that nothing imports before it needs them."""

HEAVY = {
    *("torch", "transformers", "captum", "shap", "lime", "sklearn", "dask", "tokenizers"),
    *("numpy", "scipy", "pandas", "openai", "anthropic", "huggingface_hub", "safetensors"),
    *("dspy", "litellm", "optuna", "gepa"),
}
