"""What if: change an input, see what changes, and where it starts to."""
