"""The commands of `amplify`, and the options that they take."""

import gc

# Loading the plugins makes many objects and hardly a cycle: look for cycles less often.
gc.set_threshold(20_000)
