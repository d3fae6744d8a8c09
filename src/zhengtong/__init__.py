"""Zhengtong (政通): an open e-government platform. One installation is a node; see docs/explanation/design.md."""

__version__ = "0.1.0"
