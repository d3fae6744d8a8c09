"""Plain SQL about code tables, for the gateway: no ORM, no Django."""

# whether the table knows the code, also where it is abolished
HAS_CODE = """
SELECT EXISTS (
    SELECT FROM standards_code_item i JOIN standards_code_table t ON t.id = i.table_id
    WHERE t.key = %(table)s AND i.code = %(code)s
)
"""
