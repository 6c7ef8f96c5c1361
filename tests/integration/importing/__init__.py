"""`collab import` on stores that the real servers wrote, and on damaged ones."""
