"""Pages: how results are shown to people."""
