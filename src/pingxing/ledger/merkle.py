"""The Merkle tree of RFC 9162 section 2.1, as pure functions over hashes of 32 bytes.

A complete subtree is named (level, index): it covers leaves index * 2**level up to, not including,
(index + 1) * 2**level. A stored complete subtree never changes, so every root and every proof is
made from O(log n) of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Key = tuple[int, int]  # (level, index)
Range = tuple[int, int]  # leaves start .. stop-1, start aligned as section 2.1 splits a tree


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


# --- which stored subtrees are needed ------------------------------------------------------------


def cover(span: Range) -> list[Key]:
    """The fewest complete subtrees that make up a range, largest (leftmost) first."""
    start, stop = span
    keys = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        keys.append((level, start >> level))
        start += 1 << level
    return keys


def fold(span: Range, nodes: Mapping[Key, bytes]) -> bytes:
    """Hash of a range from its complete subtrees. Raises KeyError for one that is missing."""
    keys = cover(span)
    if not keys:
        return EMPTY_ROOT
    found = nodes[keys[-1]]
    for key in reversed(keys[:-1]):
        found = node_hash(nodes[key], found)
    return found


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (k of section 2.1.1); size >= 2."""
    return 1 << (size - 1).bit_length() - 1


def append(size: int, leaves: Sequence[bytes], frontier: Mapping[Key, bytes]) -> list[tuple[int, int, bytes]]:
    """New complete subtrees (level, index, hash) when `leaves` (leaf hashes) join a tree of `size`.

    `frontier` holds at least cover((0, size)). The leaves themselves come back at level 0.
    """
    known = dict(frontier)
    made = []
    for index, found in enumerate(leaves, start=size):
        level, place = 0, index
        known[level, place] = found
        made.append((level, place, found))
        while place & 1:
            found = node_hash(known[level, place - 1], found)
            level, place = level + 1, place >> 1
            known[level, place] = found
            made.append((level, place, found))
    return made


# --- proofs --------------------------------------------------------------------------------------


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Ranges whose hashes are the inclusion proof of section 2.1.3.1, in its order (leaf to root)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    start, stop = 0, size
    path: list[Range] = []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Ranges whose hashes are the consistency proof of section 2.1.4.1, in its order."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} cannot grow into one of {new}")
    if old in (0, new):
        return []
    start, stop = 0, new
    known = True  # the verifier holds the root of leaves start .. old-1 (b of the RFC)
    path: list[Range] = []
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start, known = middle, False
    if not known:
        path.append((start, stop))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Section 2.1.3.2: does the proof lead from this leaf hash to this root?"""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Section 2.1.4.2: is the old tree a prefix of the new one? Every tree grows out of the empty one."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, step)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root
