"""Shared-weight scores from an engine process: whoever asks need not load torch."""

import json
from collections.abc import Sequence

from engine.plan.architecture import Architecture
from engine.process.ask import ask_engine
from engine.record.encoding import from_plain, to_plain
from engine.record.folder import RunFolder
from engine.record.shared_scores import SharedScores


def ask_shared_scores(folder: RunFolder, architectures: Sequence[Architecture]) -> SharedScores:
    """Score architectures under a search's last weights; ValueError in one line when it cannot be."""
    text = json.dumps(to_plain(list(architectures)))
    scores: SharedScores = from_plain(SharedScores, ask_engine([str(folder.path), "--score", text]))
    return scores
