"""What the live project says about a plan."""
