#!/usr/bin/env python3
"""Reads the JSON lines of `smmu-lab run --trace FILE`: the digest over the records, and the reads and the end of each transaction.

Usage: read-trace.py FILE. Nothing beyond Python's standard library is needed.
"""
import hashlib
import json
import struct
import sys

TXN_BEGIN, TXN_END, READ, READ_STRUCT, LOOKUP = 1, 2, 3, 4, 5
HIT = 2
STATUS = ("success", "fault", "bypass", "abort")


def records(path):
    """The 16 words of each record."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield [int(word, 16) for word in json.loads(line)["words"]]


def address(words, at=6):
    return words[at + 1] << 32 | words[at]


def main(path):
    digest = hashlib.sha256()
    iova = descriptors = hits = 0
    for words in records(path):
        digest.update(struct.pack("<16I", *words))
        kind, stage, level = words[0] & 0xFF, words[0] >> 8 & 3, words[0] >> 10 & 7
        if kind == TXN_BEGIN:
            iova, descriptors, hits = address(words), 0, 0
        elif kind == READ:
            descriptors += 1
            print(f"    stage {stage} level {level}: {address(words, 8):016x} at PA {address(words):#x}")
        elif kind == LOOKUP and words[0] >> 16 & 15 == HIT:
            hits += 1
        elif kind == TXN_END:
            access = "read" if words[5] >> 30 & 1 else "write"
            print(f"#{words[2]} {access} StreamID {words[4]:#x} IOVA {iova:#x}: {STATUS[words[8]]}, "
                  f"PA {address(words, 10):#x}, {descriptors} descriptors read, {hits} cache hits")
    print(f"digest {digest.hexdigest()}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
