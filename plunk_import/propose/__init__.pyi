from .consent import (
    AskConsent as AskConsent,
    Consent as Consent,
    ConsentCandidate as ConsentCandidate,
)
from .consent_lines import described as described
from .naming import Names as Names
from .profile import ColumnProfile as ColumnProfile, Profile as Profile
from .proposal import Proposal as Proposal, propose as propose, write_proposal as write_proposal
