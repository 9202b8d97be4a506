"""Capacity: how many workers, connections and bytes a rate of messages takes, from what the bench measured."""
