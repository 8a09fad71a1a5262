from .connection import (
    HOSTED_BASE_URL as HOSTED_BASE_URL,
    Connection as Connection,
    is_loopback as is_loopback,
    load_connection as load_connection,
    parse_key_lifetime as parse_key_lifetime,
)
from .rate import Rate as Rate, parse_rate as parse_rate, read_rate as read_rate
from .send import SendSettings as SendSettings
from .shard import Shard as Shard, parse_shard as parse_shard
