from .cluster import connected as connected
from .importing import import_file as import_file
