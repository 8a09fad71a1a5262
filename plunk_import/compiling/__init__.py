"""What compiles a mapping: cells to values, values to JSON text, and the server's rules on both."""
