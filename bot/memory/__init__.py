"""Memory of conversations: a tracker store read in bounded time, and deletion from it."""
