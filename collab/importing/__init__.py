"""Reading what other servers stored: documents and their updates, whatever file they lie in.

Sources are only read. What is found goes into the rooms by the way every edit goes (`maintenance`).
"""
