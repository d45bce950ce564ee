"""What is claimed, measured; each benchmark prints a table and a JSON line."""
