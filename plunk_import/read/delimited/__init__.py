"""CSV and its kin."""
