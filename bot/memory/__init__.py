"""What is kept of conversations: one way to open a file, one keeper of the retention, deletion."""
