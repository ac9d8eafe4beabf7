"""One web page of a finished run, study or tune."""
