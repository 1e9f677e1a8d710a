"""Recipes that make our own models from data that we wrote: each one readable file, each with a LOG.md of what failed."""
