from .asking import Person as Person, agreed as agreed, somebody_is_here as somebody_is_here
from .consent import asked as asked, consent_question as consent_question
from .progress import TerminalProgress as TerminalProgress
