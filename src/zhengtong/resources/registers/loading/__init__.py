"""Bulk loading: rows of a file or another database become records, in batches, each whole or not at all."""
