"""Recipes that make our own models from data that we wrote: readable files, and a LOG.md of what failed."""
