"""What keeps a node from starting, said in one sentence with its remedy. `zt` prints it and ends with status 1."""


class NodeFault(Exception):
    """Base of the faults an operator can mend."""
