from .contact_queues import ContactQueues as ContactQueues
from .queue import EventQueue as EventQueue
