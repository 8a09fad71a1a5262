"""How each kind of file is read: takes one local file, gives chunks of its rows."""
