"""A library: media in, results out. No queue, no web, no database."""
