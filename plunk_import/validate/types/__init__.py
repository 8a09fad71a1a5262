"""The kinds of a variable: how a cell of each becomes JSON."""
