"""Delimited text as people have it: gives cases of every dialect, encoding and bad row."""

from random import Random

from tests.corpus.case import HEADER, PEOPLE, SEED, Case, csv, text

ADA, ZOE, CY = PEOPLE
BOM = "\ufeff"
MANY_ROWS = 60_000


def cases() -> dict[str, Case]:
    """Return every case by its name."""
    return dialects() | encodings() | contents() | tops() | bad_rows() | large() | mixtures()


def dialects() -> dict[str, Case]:
    """Delimiters, quotes and line ends."""
    two_ways = text(
        ((*row, "1;2;3;4") for row in PEOPLE), header=(*HEADER, "a;b;c;d"), delimiter=","
    )
    quoted = text([("ada@x.co", "O'Neil, Ada", "12.5"), ZOE, CY], quote="'")
    return {
        "comma": csv(text()),
        "semicolon": csv(text(delimiter=";")),
        "tab": csv(text(delimiter="\t")),
        "pipe": csv(text(delimiter="|")),
        "another delimiter": csv(text(delimiter="~"), declared={"delimiter": "~"}),
        "two delimiters": csv(two_ways),
        "two delimiters, one declared": csv(two_ways, declared={"delimiter": ","}),
        "wrong delimiter": csv(text(), declared={"delimiter": ";"}),
        "delimiters in quotes": csv(text([("ada@x.co", "a;b|c,d\te", "12.5"), ZOE, CY])),
        "single quotes": csv(quoted, declared={"quote": "'"}),
        "no quotes": csv(
            'email,name,amount\nada@x.co,6" nail,12.5\nzoe@x.co,"half,7\n',
            declared={"quote": "none"},
        ),
        "every cell quoted": csv(text(every_cell_quoted=True)),
        "doubled quotes": csv(text([("ada@x.co", 'Ada "the Countess" B', "12.5"), ZOE, CY])),
        "CRLF": csv(text(end="\r\n")),
        "CR": csv(text(end="\r")),
        "LF and CRLF": csv(text([ADA]) + text([ZOE, CY], header=None, end="\r\n")),
        "no last line end": csv(text().rstrip("\n")),
        "blank lines": csv(text().replace("\n", "\n\n") + "\n\n"),
        "blank lines with CRLF": csv(text(end="\r\n").replace("\r\n", "\r\n\r\n")),
        "line of spaces": csv(text([ADA, ZOE]) + "   \n" + text([CY], header=None)),
    }


def encodings() -> dict[str, Case]:
    """Encodings, declared and not."""
    japanese = text([("ada@x.co", "アダ", "12.5"), CY])
    odd_header = text(header=("email", "prénom", "amount"))
    return {
        "BOM": csv(BOM + text()),
        "BOM before a quote": csv(BOM + text(every_cell_quoted=True)),
        "UTF-16": csv(text(), "utf-16", declared={"encoding": "utf-16"}),
        "UTF-16 without BOM": csv(text(), "utf-16-le", declared={"encoding": "utf-16-le"}),
        "UTF-16 big end first": csv(BOM + text(), "utf-16-be", declared={"encoding": "utf-16"}),
        "UTF-32": csv(text(), "utf-32", declared={"encoding": "utf-32"}),
        "UTF-16 undeclared": csv(text(), "utf-16"),
        "UTF-8 declared as UTF-16": csv(text(), declared={"encoding": "utf-16"}),
        "cp1252": csv(text(), "cp1252", declared={"encoding": "cp1252"}),
        "latin-1": csv(text(), "latin-1", declared={"encoding": "latin-1"}),
        "Mac Roman": csv(text(), "mac_roman", declared={"encoding": "mac_roman"}),
        "Shift JIS": csv(japanese, "shift_jis", declared={"encoding": "shift_jis"}),
        "cp1252 undeclared": csv(text(), "cp1252"),
        "Mac Roman undeclared": csv(text(), "mac_roman"),
        "header in cp1252 undeclared": csv(odd_header, "cp1252"),
        "byte that cp1252 lacks": csv(
            text().encode("cp1252").replace(b"Ada", b"A\x81a"), declared={"encoding": "cp1252"}
        ),
        "half a surrogate in UTF-16": csv(
            text().encode("utf-16-le").replace("d".encode("utf-16-le"), b"\x00\xd8", 1),
            declared={"encoding": "utf-16-le"},
        ),
        "unknown encoding": csv(text(), declared={"encoding": "utf-9"}),
    }


def contents() -> dict[str, Case]:
    """Cells that are odd, but good."""
    names = ["😀 z\u0301", "a\u2028b", "x\x1cy", "=1+1", "NULL", "\ufeffz", "a\x7f\t", "'"]
    odd = [(f"{number}@x.co", name, "0") for number, name in enumerate(names)]
    return {
        "line breaks in quotes": csv(
            text([("ada@x.co", "Ada\nByron\n", "12.5"), ("zoe@x.co", "Zoë\r\nZ", "7"), CY])
        ),
        "odd characters": csv(text(odd)),
        "spaces around": csv(text([(" Ada@X.co\t", " Ada ", " 12.5 "), ZOE])),
        "empty cells": csv('email,name,amount\n,Ada,1\nzoe@x.co,,\neve@x.co,"",""\n" ",x,1\n'),
        "NUL": csv(text([("ada@x.co", "A\0da", "12.5"), ZOE])),
        "null values": csv(
            text([("ada@x.co", "N/A", "12.5"), ("zoe@x.co", "Zoë", "NULL"), ("NULL", "Cy", "1")]),
            declared={"null_values": ["NULL", "N/A"]},
        ),
        "decimal comma": csv(
            text([("ada@x.co", "Ada", "1.234,5"), ("zoe@x.co", "Zoë", "-7,25"), CY], delimiter=";"),
            declared={"decimal_comma": True},
        ),
        "one column": csv(
            "email\nada@x.co\nnot an address\n", mapping={"data": {"all": {"const": 1}}}
        ),
    }


def tops() -> dict[str, Case]:
    """Headers, and what stands in their place."""
    titles = 'Export of today\n"by ""us"""\n'
    own = ("email", "name", "amount", "_row", "_code", "_field", "_message", "_stage")
    notes = ("17", "invalid_email", "email", "“x” is no address", "validate")
    patterns = ("*", "^.*$", *HEADER, 'a "b", c')
    return {
        "header in line 3": csv(titles + text(), declared={"header_line": 3}),
        "header after an empty line": csv("\n" + text(), declared={"header_line": 2}),
        "header beyond the end": csv(text(), declared={"header_line": 9}),
        "no header": csv(text(header=None), declared={"columns": HEADER}),
        "BOM without header": csv(BOM + text(header=None), declared={"columns": HEADER}),
        "mended rejects": csv(text(((*row, *notes) for row in PEOPLE), header=own)),
        "names like patterns": csv(
            text((("1", "2", *row, "3") for row in PEOPLE), header=patterns)
        ),
        "missing column": csv(text(header=("E-Mail", "name", "amount"))),
        "a name twice": csv(
            text(((*row, row[2]) for row in PEOPLE), header=(*HEADER, "name")),
        ),
        "a name missing": csv(text(((*row, "") for row in PEOPLE), header=(*HEADER, ""))),
        "names that the mapping gives": csv(
            text(header=("x", "x", "")), declared={"columns": HEADER, "header_line": 1}
        ),
        "header only": csv(text([])),
        "header without line end": csv("email,name,amount"),
        "header whose quote is not closed": csv('email,"name,amount\n' + text(header=None)),
        "empty": csv(""),
        "BOM only": csv(BOM),
        "line breaks only": csv("\n\n"),
        "columns, but no rows": csv("\r\n\r\n", declared={"columns": HEADER}),
    }


def bad_rows() -> dict[str, Case]:
    """Rows that cost themselves, and quotes that cost the file."""
    top, last = text([ADA]), text([CY], header=None)
    mixed = (
        text([("ada@x.co", "Ada\nByron", "1")]).encode()
        + b"too,few\n"
        + text([("bob@x.co", 'B "\n" ob', "2")], header=None).encode()
        + b"zoe@x.co,Zo\xeb,3\n"
        + b"one,cell,too,many\n"
        + b'eve@x.co,E"v"e,4\n'
        + b'dan@x.co,"Dan"n,5\n'
        + text([("kay@x.co", "\n\nKay", "6"), CY], header=None).encode()
    )
    return {
        "too many cells": csv(top + "zoe@x.co,Zoë,7,8\n" + last),
        "too few cells": csv(top + "zoe@x.co,Zoë\n" + last),
        "too few cells at the end": csv(top + "zoe@x.co,Zoë"),
        "invalid UTF-8": csv(top.encode() + b"zoe@x.co,Zo\xff\xfe,7\n" + last.encode()),
        "cut UTF-8 at the end": csv(top.encode() + b"zoe@x.co,7,Zo\xc3"),
        "stray quote": csv(top + 'zoe@x.co,6" nail,7\n' + last),
        "quote closed too early": csv(top + 'zoe@x.co,"Zoë" Z,7\n' + last),
        "every kind of bad row": csv(mixed),
        "every kind of bad row with CRLF": csv(mixed.replace(b"\n", b"\r\n")),
        "quote never closed": csv(top + 'zoe@x.co,"Zoë,7\n' + last),
        "quote never closed after a bad row": csv(top + 'a,b\nzoe@x.co,"Zoë\n\n7' + last),
    }


def large() -> dict[str, Case]:
    """Files of several blocks."""
    random = Random(SEED)  # noqa: S311 - a fixed seed is the point
    rows = [
        (f"p{row}@x.co", "line\n" * random.randint(1, 40), str(row % 100))
        for row in range(1, MANY_ROWS + 1)
    ]
    rows[29_999] = rows[59_999] = ("nobody", "\n", "1")
    lines = [
        f"p{row}@x.co,{'n' * random.randint(1, 200)},{row % 100}\n".encode()
        for row in range(1, MANY_ROWS + 1)
    ]
    for row in range(9_973, MANY_ROWS, 9_973):
        lines[row - 1] = b"too,few\n"
    for row in range(7_919, MANY_ROWS, 7_919):
        lines[row - 1] = b"p@x.co,\xff,1\n"
    names = [f"c{number}" for number in range(997)]
    return {
        "line breaks across blocks": csv(text(rows)),
        "bad rows across blocks": csv(b"email,name,amount\n" + b"".join(lines)),
        "a thousand columns": csv(
            text(((*row, *names) for row in PEOPLE), header=(*HEADER, *names))
        ),
        "cell larger than a block": csv(text([("ada@x.co", "a\n" * 3_000_000, "12.5"), ZOE, CY])),
    }


def mixtures() -> dict[str, Case]:
    """Several oddities at once."""
    german = [("ada@x.co", "Ada €", "1.234,5"), ("zoe@x.co", "k. A.", "-7,25"), CY]
    title = "Auszug;;\r\n\r\n"
    declared = {
        "encoding": "cp1252",
        "decimal_comma": True,
        "header_line": 3,
        "null_values": ["k. A."],
    }
    old_mac = [("ada@x.co", "O'Neil|é", "12.5"), ZOE, CY]
    return {
        "German Excel": csv(
            title + text(german, delimiter=";", end="\r\n"), "cp1252", declared=declared
        ),
        "Excel's Unicode text": csv(
            text([("ada@x.co", "Ada\tB", "12.5"), ZOE, CY], delimiter="\t", end="\r\n"),
            "utf-16",
            declared={"encoding": "utf-16"},
        ),
        "old Mac": csv(
            text(old_mac, delimiter="|", quote="'", end="\r"),
            "mac_roman",
            declared={"encoding": "mac_roman", "quote": "'"},
        ),
        "bare quoted text": csv(
            text(header=None, every_cell_quoted=True, delimiter=";").rstrip(),
            declared={"columns": HEADER},
        ),
    }
