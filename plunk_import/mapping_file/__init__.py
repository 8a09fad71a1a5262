"""What makes the mapping: its models, its rules, and the YAML they are read from."""
