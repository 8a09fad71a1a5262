"""One import, or one check of files, on a cluster of Dask; needs the extra `dask`."""

import lazy_loader

# `__init__.pyi` lists what other packages may use; each name is imported when first asked for.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
