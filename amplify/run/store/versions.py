"""The versions that a record names."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from amplify import __version__

LIBRARIES = (
    *("anthropic", "captum", "lime", "numpy", "openai", "scikit-learn", "scipy", "shap"),
    *("tokenizers", "torch", "transformers"),
)


def versions(plugins: Mapping[str, str]) -> dict[str, str]:
    """Python, this package, the plugins that took part, and the libraries that they require."""
    versions = {"python": platform.python_version(), "amplify-icl": __version__, **plugins}
    # The built-in plugin is no distribution; one of its name is a stranger's.
    for library in sorted(_required({"amplify-icl", *plugins} - {"builtin"}) & {*LIBRARIES}):
        with contextlib.suppress(PackageNotFoundError):
            versions[library] = version(library)
    return versions


def _required(names: set[str]) -> set[str]:
    """What these distributions require, and what those of this family among them require."""
    required: set[str] = set()
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            needs = (Requirement(text) for text in requires(name) or ())
            required |= {need.name for need in needs if need.marker is None}
    new = {name for name in required if name.startswith("amplify-")} - names
    return required | (_required(new) if new else set())
