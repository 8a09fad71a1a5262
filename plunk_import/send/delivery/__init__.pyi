from .attempt import Recorder as Recorder, Sender as Sender, Server as Server
from .delivery import (
    OF_ANOTHER_IMPORT as OF_ANOTHER_IMPORT,
    Again as Again,
    Delivery as Delivery,
    Doubted as Doubted,
    Ended as Ended,
    Known as Known,
    Step as Step,
)
