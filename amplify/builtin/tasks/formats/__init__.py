"""The file formats that the task `data` reads: each module turns one of them into a `Table`."""
