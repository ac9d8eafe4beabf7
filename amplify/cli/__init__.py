"""The commands of `amplify`, and the options that they take."""
