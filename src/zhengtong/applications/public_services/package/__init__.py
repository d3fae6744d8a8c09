"""A service package: reading it, and the checks it must pass before it may be published."""
