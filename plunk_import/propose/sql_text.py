"""Names and texts as SQL writes them."""


def identifier(column: str) -> str:
    """Write a column's name as SQL."""
    return '"' + column.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text as SQL."""
    return "'" + text.replace("'", "''") + "'"
