"""The embedded Plunk: a real HTTP server on loopback that behaves as Plunk does.

It shares no code with the importer, so that each can check the other. The server itself is
imported only when one is asked for.
"""

import lazy_loader

# `__init__.pyi` lists what other packages may use; each name is imported when first asked for.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
