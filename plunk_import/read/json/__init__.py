"""NDJSON and lists of JSON records."""
