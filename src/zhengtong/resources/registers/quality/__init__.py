"""数据质量: rules as data beside a definition, compiled by Ibis and run on PostgreSQL or DuckDB with the same results."""
