"""`python -m plunk_import`: the program, where its script is not on the PATH."""

from plunk_import.cli import main

if __name__ == "__main__":
    main(prog_name="plunk-import")
