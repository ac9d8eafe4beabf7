"""Finds plugins, admits or isolates them, and looks their components up by name."""

from __future__ import annotations

from amplify.host.factory import build, options_of, resolve
from amplify.host.info import PluginInfo, Registered
from amplify.host.load import Host
from amplify.host.registry import Registry

__all__ = ["Host", "PluginInfo", "Registered", "Registry", "build", "options_of", "resolve"]
