"""Rules as data: what a text or a picture may say, why not, and how to contest it."""
