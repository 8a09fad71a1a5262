from .attempt import Recorder as Recorder, Sender as Sender, Server as Server
from .delivery import (
    KEY_IS_USED as KEY_IS_USED,
    Again as Again,
    Delivery as Delivery,
    Doubted as Doubted,
    Ended as Ended,
    Known as Known,
    Step as Step,
)
