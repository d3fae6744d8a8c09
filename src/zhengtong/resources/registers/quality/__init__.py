"""数据质量: rules beside a definition, compiled by Ibis, run on PostgreSQL or DuckDB with the same results."""
