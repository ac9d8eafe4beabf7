"""From a plan to a record: plan, wire, engine, store."""
