"""`<collab-editor>` and the frame in real browsers, on the pages of another site."""
