"""Takes videos through the states: queue, download, engine, store."""
