"""What `init` knows: takes a source nobody has described, gives what its columns seem to be."""
