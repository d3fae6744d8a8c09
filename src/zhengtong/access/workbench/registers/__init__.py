"""基础库 at the workbench: definitions, records read for a purpose, writes of the authority, disputes, grants."""
