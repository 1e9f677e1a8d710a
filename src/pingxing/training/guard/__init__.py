"""The recipe of the classifier that sends prompts to a person. Read `recipe.py` first, then `data/`, then LOG.md."""
