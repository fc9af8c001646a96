"""How each verdict is shown, alone and among others in a table."""

from engine.record.verdict import COLLAPSED, LEARNING, NOT_LEARNING, STALLED_POLICY, TOO_EARLY
from ssp_tui.theme import Tone

VERDICT_TONES = {
    COLLAPSED: Tone.COLLAPSED,
    LEARNING: Tone.LEARNING,
    STALLED_POLICY: Tone.STALLED_POLICY,
    NOT_LEARNING: Tone.STALLED_POLICY,
    TOO_EARLY: Tone.TOO_EARLY,
}
"""By the verdict's own words."""

QUIET_VERDICT_TONES = VERDICT_TONES | {COLLAPSED: Tone.BAD}
"""The same where several stand below each other."""
