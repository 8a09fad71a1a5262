"""Files of wild rows, written and read by other libraries than the program's own."""
