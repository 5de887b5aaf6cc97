"""An auditor's own arithmetic after RFC 6962 and C2SP, written from the standards and not from the product."""
import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes):
    """MTH of RFC 6962, section 2.1, over the hashes of the leaves."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(root(hashes[:split]), root(hashes[split:]))


def inclusion_holds(hash_, index, size, path, wanted):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, value = index, size - 1, hash_
    for step in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            value = node_hash(step, value)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = node_hash(value, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and value == wanted


def consistency_holds(first, second, path, first_root, second_root):
    """RFC 9162, section 2.1.4.2."""
    path = list(path)
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(step, old), node_hash(step, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


def note_text(note, verifier_key):
    """The text of a C2SP signed note, once one of its signatures is good under the key; otherwise ValueError."""
    name, wanted, encoded = verifier_key.strip().split("+", 2)
    key = base64.b64decode(encoded)
    if key[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != wanted:
        raise ValueError("the verifier key does not fit its own hash")
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    for line in lines.splitlines():
        dash, signer, blob = line.split(" ", 2)
        raw = base64.b64decode(blob)
        if dash == "—" and signer == name and raw[:4].hex() == wanted:
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text.encode())
            except InvalidSignature as error:
                raise ValueError("the signature is wrong") from error
            return text
    raise ValueError("no signature by this key")


def tile_path(kind, number, width):
    """C2SP tlog-tiles: three digits a folder, all but the last behind an x."""
    digits = f"{number % 1000:03d}"
    while number := number // 1000:
        digits = f"x{number % 1000:03d}/{digits}"
    return f"tile/{kind}/{digits}" + (f".p/{width}" if width < 256 else "")


def tiles(folder, size):
    """The records in the bundles of a folder of tiles, once every hash in every tile is that of its subtree."""
    entries, level, hashes = [], 0, []
    for first in range(0, size, 256):
        bundle = (folder / tile_path("entries", first // 256, min(256, size - first))).read_bytes()
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            entries.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
    hashes = [leaf_hash(entry) for entry in entries]
    while hashes:
        for first in range(0, len(hashes), 256):
            part = hashes[first : first + 256]
            found = (folder / tile_path(level, first // 256, len(part))).read_bytes()
            if found != b"".join(part):
                raise ValueError(f"tile {first // 256} of level {level} is not that of its records")
        full = len(hashes) // 256
        hashes = [root(hashes[place * 256 : place * 256 + 256]) for place in range(full)]
        level += 1
    return entries
