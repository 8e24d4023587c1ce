"""Rendered clips altered in known ways, their truth altered with them."""
