"""What a register is, as data: reading a definition, compiling it to tables, comparing two of them."""
