"""Takes seeded randomness, gives the rows of each sample with what an importer must reject."""
