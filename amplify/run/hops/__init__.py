"""The hops of a run, which `execute` takes one after the other."""
