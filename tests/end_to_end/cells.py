"""Runs the Python blocks of a page one after the other, as the cells of a notebook."""

import ast
import asyncio
import inspect
import re
import sys
from pathlib import Path
from typing import Any


def run(page: Path) -> None:
    """Run them; a block that awaits gets an event loop."""
    names: dict[str, Any] = {}
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        code = compile(block, page.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if inspect.CO_COROUTINE & code.co_flags:
            asyncio.run(eval(code, names))  # noqa: S307 - the page is ours
        else:
            exec(code, names)  # noqa: S102 - the page is ours


if __name__ == "__main__":
    run(Path(sys.argv[1]))
