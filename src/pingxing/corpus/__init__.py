"""Pictures with words for training: licensed sources, captions, filters, splits, shards and their data card.

The room knows nothing of engines: whoever builds a corpus hands it the art, the words and a hand that draws
(`scripts/build_corpus.py`), and whoever trains reads files.
"""
