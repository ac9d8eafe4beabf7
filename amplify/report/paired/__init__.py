"""Two runs on the same items, on the console, as JSON and as a web page."""
