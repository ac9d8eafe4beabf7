"""What a run would take: calls, tokens, money and time, with nothing called."""
