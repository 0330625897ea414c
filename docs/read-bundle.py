#!/usr/bin/env python3
"""Reads a bundle (.smmulab): checks every part against the manifest, counts the records of its trace and computes their digest.

Usage: read-bundle.py FILE. Nothing beyond Python's standard library is needed.
"""
import collections
import hashlib
import json
import struct
import sys
import zipfile

KINDS = {1: "TXN_BEGIN", 2: "TXN_END", 3: "READ", 4: "READ_STRUCT", 5: "LOOKUP", 6: "FILL", 7: "WALK", 8: "FAULT",
         9: "EVENT", 10: "COMMAND", 11: "REG_WRITE", 12: "REG_READ", 13: "MEM_WRITE", 14: "IRQ", 15: "STEP", 16: "STALL",
         17: "RESUME", 18: "UPDATE", 19: "ATS", 20: "ATC", 21: "PPR", 22: "PRI_RESPONSE", 23: "MSI", 24: "ATOS", 25: "MISUSE",
         26: "STALE", 27: "HOP", 28: "HOP_DATA", 29: "TXN", 30: "SEV"}
PIECE = 64 * 1024


def check(bundle, part):
    """The SHA-256 of a part, which must be that of the manifest; and its size."""
    digest, size = hashlib.sha256(), 0
    with bundle.open(part["name"]) as contents:
        while piece := contents.read(PIECE):
            digest.update(piece)
            size += len(piece)
    if (digest.hexdigest(), size) != (part["sha256"], part["bytes"]):
        sys.exit(f"{part['name']} is not what the manifest says")


def picture(bundle, name):
    """Width and height of a screenshot, which must be a PNG."""
    with bundle.open(name) as contents:
        start = contents.read(24)
    if start[:8] != b"\x89PNG\r\n\x1a\n" or start[12:16] != b"IHDR":
        sys.exit(f"{name} is no PNG")
    return struct.unpack(">II", start[16:24])


def records(bundle):
    """The 16 words of each record of the trace."""
    with bundle.open("trace.bin") as trace:
        while piece := trace.read(PIECE):
            yield from struct.iter_unpack("<16I", piece)


def main(path):
    with zipfile.ZipFile(path) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        if manifest["format"] != "smmu-lab bundle" or manifest["version"] != 1:
            sys.exit("expected a bundle of version 1")
        for part in manifest["parts"]:
            check(bundle, part)
        print(f"{manifest['title']}: {len(manifest['parts'])} parts, made by smmu-lab {manifest['engine']}")
        for state in manifest["states"]:
            print(f"state after step {state['step']}: {sum(one['bytes'] for one in state['ranges'])} bytes of memory")
        for name in (part["name"] for part in manifest["parts"] if part["name"].startswith("screenshots/")):
            print("{}: {} by {} pixels".format(name, *picture(bundle, name)))
        if manifest["run"] is None:
            return
        digest, kinds = hashlib.sha256(), collections.Counter()
        for words in records(bundle):
            digest.update(struct.pack("<16I", *words))
            kinds[words[0] & 0xFF] += 1
        for kind, count in sorted(kinds.items()):
            print(f"{KINDS.get(kind, kind)} {count}")
        print(f"records {sum(kinds.values())}")
        print(f"digest {digest.hexdigest()}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
