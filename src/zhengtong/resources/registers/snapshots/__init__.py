"""A whole register in files: typed frames, parts on the disk, a signed manifest, and the check of a folder."""
