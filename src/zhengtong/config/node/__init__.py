"""The machinery of a node: its PostgreSQL, its preparation, its processes. Importing it loads no Django."""
