"""Models and data whose behaviour is known exactly, shared by the tests."""
