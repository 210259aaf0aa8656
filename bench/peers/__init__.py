"""Programs of the peers: they run in the peers' own environment and import nothing of ours."""
