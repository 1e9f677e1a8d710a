"""Our own picture model: an autoencoder and a flow-matching transformer, each one readable file, trained from shards.

Needs torch and numpy alone; never imported by the server. `scripts/train_picture.py` joins it to a corpus.
"""
