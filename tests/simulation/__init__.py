"""The importer in a world with its own clock: years of trouble by seed, in one thread."""
