"""The rows of each sample with what an importer must reject."""
