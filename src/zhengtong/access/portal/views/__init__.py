"""Pages of the portal that are no pages of the editor."""
