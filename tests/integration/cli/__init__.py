"""The command line: one clear sentence and a code when something is wrong."""
