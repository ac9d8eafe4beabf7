"""The race: contenders are asked the same items in rounds, and the worse ones are dropped."""
