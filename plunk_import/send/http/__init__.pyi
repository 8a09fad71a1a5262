from .connection import Connection as Connection
from .proxies import require_usable_proxies as require_usable_proxies
from .server_clock import ServerClock as ServerClock, Span as Span
from .transport import open_transport as open_transport
from .wire import LONGEST_PAGE_BYTES as LONGEST_PAGE_BYTES, Arrived as Arrived, Wire as Wire
