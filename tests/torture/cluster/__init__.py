"""One import by a cluster of processes whose workers are killed at random moments."""
