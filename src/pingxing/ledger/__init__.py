"""An append-only Merkle log of what was asked, refused, labelled and delivered.

Read in this order: `log.py` (what the house calls), `entries.py` (what is written down),
`merkle.py` (the mathematics), `checkpoint.py` (what is signed), `audit.py` (the checker that
trusts none of the others).
"""
