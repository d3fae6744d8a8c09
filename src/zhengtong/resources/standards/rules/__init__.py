"""What code tables and data elements mean. Pure functions on plain values; no ORM, no clock."""
