"""The machinery of a node: its PostgreSQL, its preparation, its processes. Nothing here loads Django."""
