from . import phrases as phrases
from .masking import Masking as Masking
from .page import render as render, render_compact as render_compact
