from .cluster import connected as connected
from .importing import import_file as import_file
from .shard_task import ShardEnd as ShardEnd, ShardOrder as ShardOrder, carried_out as carried_out
