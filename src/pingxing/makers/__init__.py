"""From one idea to things that can be used and sold: programs over the one way, never a second path.

formats    what each platform, screen and printer asks for, as data with source and date
facts      what one file is: kind, size, frames, time, ground, margin
judging    a folder against a platform: findings that say what is wrong and what is wanted
mending    what can be repaired without taste: size, padding, bytes, frames, palette, white stroke
"""
