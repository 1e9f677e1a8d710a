"""Visible marks of what is not a picture: text, sound, moving pictures (GB 45438-2025, clause 4)."""
