"""A tune: contenders are raced on validation items, and the winner is tested once."""
