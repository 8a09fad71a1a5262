from pathlib import Path

TESTS_DIR = Path(__file__).parent
SAMPLES = TESTS_DIR.parent / "samples"
