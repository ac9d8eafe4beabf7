"""What stands between amplify and foreign code, foreign text and keys. No plugin needs it."""
