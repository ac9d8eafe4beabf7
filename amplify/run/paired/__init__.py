"""Two runs on the same items: what differs in plan and prompts, and in the answers."""
