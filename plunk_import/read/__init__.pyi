from .encodings import likely_encoding as likely_encoding
from .source import Batch as Batch, Source as Source, open_source as open_source
