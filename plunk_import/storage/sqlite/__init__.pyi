from .closing import ClosedAtEnd as ClosedAtEnd
from .committer import Committer as Committer
from .files import (
    Connect as Connect,
    connect as connect,
    create_file as create_file,
    damaged as damaged,
    opened_file as opened_file,
    reading_file as reading_file,
    transaction as transaction,
    translated as translated,
    translating as translating,
)
from .kind import FileKind as FileKind
