"""Why a figure is as far as it is from what was to be reached, by a profile of its command."""

CAUSES: dict[str, str] = {}
