from .cluster import connected as connected
from .importing import import_file as import_file
from .part_tasks import JobOrder as JobOrder
from .shard_task import ShardEnd as ShardEnd, ShardOrder as ShardOrder, carried_out as carried_out
from .validating import validate_file as validate_file
