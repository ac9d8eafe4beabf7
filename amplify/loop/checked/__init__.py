"""What components return, checked where it comes in: a door for each role of the loop."""
