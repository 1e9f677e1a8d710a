"""The tree against certificate-transparency's published vectors and against a naive reference."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.ledger import audit, merkle

# certificate-transparency-go and RFC 6962 reference implementations: inputs, and roots of the first n of them.
LEAVES = [
    bytes.fromhex(h)
    for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (index, size)
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {  # (old, new)
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
MOST = 130


def naive_root(hashes):
    """MTH of RFC 9162 section 2.1.1, to the letter."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = max(2**i for i in range(10) if 2**i < len(hashes))
    return sha256(b"\x01" + naive_root(hashes[:k]) + naive_root(hashes[k:])).digest()


def grow(leaves):
    """Nodes of a tree that grew leaf by leaf, asking for the frontier only, as the log does."""
    nodes = {}
    for index, leaf in enumerate(leaves):
        frontier = {key: nodes[key] for key in merkle.cover((0, index))}
        for level, place, found in merkle.append(index, [leaf], frontier):
            assert (level, place) not in nodes
            nodes[level, place] = found
    return nodes


def inclusion(nodes, index, size):
    return [merkle.fold(span, nodes) for span in merkle.inclusion_ranges(index, size)]


def consistency(nodes, old, new):
    return [merkle.fold(span, nodes) for span in merkle.consistency_ranges(old, new)]


@pytest.fixture(scope="module")
def leaves():
    return [merkle.leaf_hash(bytes([i])) for i in range(MOST)]


@pytest.fixture(scope="module")
def nodes(leaves):
    return grow(leaves)


@pytest.fixture(scope="module")
def roots(leaves):
    return [naive_root(leaves[:size]) for size in range(MOST + 1)]


@pytest.mark.parametrize("size", range(9))
def test_root_is_the_published_one(size):
    nodes = grow([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]])
    assert merkle.fold((0, size), nodes).hex() == ROOTS[size]
    assert audit.tree_head([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proof_is_the_published_one(index, size):
    nodes = grow([merkle.leaf_hash(leaf) for leaf in LEAVES])
    assert [h.hex() for h in inclusion(nodes, index, size)] == INCLUSION[index, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proof_is_the_published_one(old, new):
    nodes = grow([merkle.leaf_hash(leaf) for leaf in LEAVES])
    assert [h.hex() for h in consistency(nodes, old, new)] == CONSISTENCY[old, new]


def test_root_from_few_nodes_equals_the_naive_one_for_every_size(nodes, roots):
    for size in range(MOST + 1):
        assert merkle.fold((0, size), nodes) == roots[size]
        assert len(merkle.cover((0, size))) == size.bit_count()


def test_appending_many_at_once_equals_appending_one_by_one(leaves, nodes):
    for size in range(0, MOST, 7):
        made = merkle.append(size, leaves[size:], {key: nodes[key] for key in merkle.cover((0, size))})
        assert {(level, place): found for level, place, found in made}.items() <= nodes.items()
        assert len(made) == sum(1 for level, place in nodes if (place + 1) << level > size)


def test_every_inclusion_proof_verifies_twice_over_and_no_other_leaf_does(leaves, nodes, roots):
    for size in range(1, MOST + 1, 3):
        for index in range(size):
            path = inclusion(nodes, index, size)
            assert merkle.verify_inclusion(leaves[index], index, size, path, roots[size])
            assert audit.includes(bytes([index]), index, size, path, roots[size])
            other = (index + 1) % size
            if other != index:
                assert not merkle.verify_inclusion(leaves[other], index, size, path, roots[size])
                assert not merkle.verify_inclusion(leaves[index], other, size, path, roots[size])
                assert not audit.includes(bytes([index]), other, size, path, roots[size])


def test_every_consistency_proof_verifies_twice_over(nodes, roots):
    for new in range(1, MOST + 1, 2):
        for old in range(1, new + 1):
            path = consistency(nodes, old, new)
            assert merkle.verify_consistency(old, new, roots[old], roots[new], path)
            assert audit.grew(old, new, roots[old], roots[new], path)
            if old < new:
                assert not merkle.verify_consistency(old, new, roots[old - 1], roots[new], path)
                assert not merkle.verify_consistency(old, new, roots[old], roots[old], path)
                assert not audit.grew(old, new, roots[old - 1], roots[new], path)


def test_every_tree_grows_out_of_the_empty_one(roots):
    assert merkle.consistency_ranges(0, 5) == []
    assert merkle.verify_consistency(0, 5, merkle.EMPTY_ROOT, roots[5], [])
    assert not merkle.verify_consistency(0, 5, roots[1], roots[5], [])


@given(st.integers(1, MOST), st.data())
def test_a_changed_proof_never_verifies(nodes, leaves, roots, size, data):
    index = data.draw(st.integers(0, size - 1))
    path = inclusion(nodes, index, size)
    change = data.draw(st.sampled_from(["drop", "add", "flip", "swap", "size", "root"]))
    root, claimed = roots[size], size
    if change == "drop" and path:
        path.pop(data.draw(st.integers(0, len(path) - 1)))
    elif change == "add":
        path.insert(data.draw(st.integers(0, len(path))), bytes(32))
    elif change == "flip" and path:
        at = data.draw(st.integers(0, len(path) - 1))
        path[at] = bytes([path[at][0] ^ 1]) + path[at][1:]
    elif change == "swap" and len(path) > 1:
        path[0], path[-1] = path[-1], path[0]
    elif change == "root":
        root = roots[size - 1]
    else:
        claimed = size * 2 + 1
    assert not merkle.verify_inclusion(leaves[index], index, claimed, path, root)
    assert not audit.includes(bytes([index]), index, claimed, path, root)


@given(st.integers(0, 40), st.integers(0, 40), st.lists(st.binary(min_size=32, max_size=32), max_size=8))
def test_verifiers_agree_and_never_crash_on_any_proof(roots, leaves, a, b, path):
    assert merkle.verify_inclusion(leaves[a], a, b, path, roots[b]) == audit.includes(bytes([a]), a, b, path, roots[b])
    if a:
        assert merkle.verify_consistency(a, b, roots[a], roots[b], path) == audit.grew(a, b, roots[a], roots[b], path)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(index, size):
    with pytest.raises(ValueError, match="not among"):
        merkle.inclusion_ranges(index, size)
    assert not merkle.verify_inclusion(bytes(32), index, size, [], bytes(32))


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_a_log_never_shrinks(old, new):
    with pytest.raises(ValueError, match="cannot grow"):
        merkle.consistency_ranges(old, new)
    assert not merkle.verify_consistency(old, new, bytes(32), bytes(32), [])


def test_a_missing_node_is_an_error_and_not_another_root(nodes):
    without = {key: found for key, found in nodes.items() if key != (2, 0)}
    with pytest.raises(KeyError):
        merkle.fold((0, 7), without)


def test_leaves_and_nodes_cannot_be_confused():
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
