"""What plunk-import is measured against: the scripts that people would write instead."""
