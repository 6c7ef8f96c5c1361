"""The merge seam: bytes in, bytes out. No clock, no socket, no await.

`lib0` reads and writes the wire's primitives; `update` checks a Yjs v1 update before any engine
sees it; `replica` is one in-memory copy of a document; `ypy` and `yrs` adapt the two engines and,
with `compaction` and `tree`, are the only modules that import them. Read `update.py` first.
"""
