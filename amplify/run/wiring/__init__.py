"""From a plan's names to built components that fit together."""
