"""A linear proxy for amplify and its exact coefficients, and a classifier, on scikit-learn."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from amplify_sklearn.classifier import AmplifyClassifier as AmplifyClassifier

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"classifier": ["AmplifyClassifier"]}
)
