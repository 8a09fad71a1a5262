from .proposal import propose as propose, write_proposal as write_proposal
