from . import phrases as phrases
from .masking import Masking as Masking
from .page import render as render
