"""Pictures of processes as SVG, drawn on the server: no script, no style attribute, only presentation attributes."""

from .flow import draw

__all__ = ["draw"]
