"""Faults of the world below: processes killed, disks full and broken. What was acknowledged stands, once."""
