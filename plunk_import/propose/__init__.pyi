from .naming import Names as Names
from .proposal import Proposal as Proposal, propose as propose, write_proposal as write_proposal
