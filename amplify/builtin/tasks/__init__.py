"""Task sources that read published files and users' own."""
