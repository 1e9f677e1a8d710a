"""Proves the packs that ship and pins them by digest: `python scripts/pin_packs.py`, after every edit of one."""

from __future__ import annotations

from pingxing.policy.packs import FOLDER, pin

if __name__ == "__main__":
    pin(FOLDER)
