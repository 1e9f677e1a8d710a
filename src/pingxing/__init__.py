"""Pingxing (平行): a studio and server for generative AI that labels, records and checks all it makes."""

__version__ = "0.1.0"
