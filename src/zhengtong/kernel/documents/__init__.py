"""Files that people write and the node reads: YAML with lines, faults with remedies."""
