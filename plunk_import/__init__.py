"""Bulk importer for Plunk: a file of events in, every row accounted for.

::

    import plunk_import

    report = plunk_import.validate_file("orders.csv", "orders.yaml")
    report = plunk_import.import_file("orders.csv", "orders.yaml", directory="runs/orders")
"""

import lazy_loader

__version__ = "0.1.0"

# `__init__.pyi` lists the public names; each is imported when first asked for, so that the command
# line starts at once.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
