"""What components return is checked where it comes in, by a wrapper for each role of the loop."""
