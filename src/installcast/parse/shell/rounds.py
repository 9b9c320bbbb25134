"""How often the loops of a script go round."""

from __future__ import annotations

from collections.abc import Sequence

from installcast.parse.shell.nodes import AndOr, Case, Group, If, Item, Loop, Node, Pipeline, Simple, Word
from installcast.parse.shell.variables import UNKNOWN

MAX_ROUNDS = 100_000

WAITING_ROUNDS = 2.5
"""How often a loop that waits or tries again goes round."""

LIST_ROUNDS = 4
"""… one over a list that is known only when the script runs."""


def is_waiting(node: Loop) -> bool:
    """Whether a loop waits for something, or tries until it works: it has a condition, or a ``break`` of its own."""
    return bool(node.condition) or _leaves_early(node.body)


def rounds_of(node: Loop, words: Sequence[str]) -> float:
    """Return how often a loop goes round; ``words`` are those of its list, as far as they are known."""
    rounds = _listed(node, words)
    return min(rounds, WAITING_ROUNDS) if is_waiting(node) else rounds


def _listed(node: Loop, words: Sequence[str]) -> float:
    if node.condition:
        return WAITING_ROUNDS
    if not node.variable:
        return min(node.limit, MAX_ROUNDS) if node.limit is not None else LIST_ROUNDS
    counted = _sequence_length(node.words)
    if counted is not None:
        return counted
    return LIST_ROUNDS if any(UNKNOWN in word or "*" in word for word in words) else len(words)


def _sequence_length(words: Sequence[Word]) -> float | None:
    """Return how many words ``$(seq 10)`` or ``{1..10}`` make, where that is plain to see."""
    if len(words) != 1 or len(words[0].pieces) != 1:
        return None
    piece = words[0].pieces[0]
    numbers: list[str] = []
    if piece.kind == "text" and piece.text.startswith("{") and piece.text.endswith("}"):
        numbers = piece.text[1:-1].split("..")[:2]
        if len(numbers) == 1:
            return piece.text.count(",") + 1
    elif len(piece.body) == 1 and isinstance(seq := piece.body[0].node, Simple):
        texts = [
            "".join(part.text if part.kind == "text" else "?" for part in word.pieces) for word in seq.words
        ]
        if texts[:1] == ["seq"] and len(texts) in (2, 3):
            numbers = ["1", *texts[1:]][-2:]
    if len(numbers) == 2 and all(
        number.isascii() and number.isdigit() and len(number) < 8 for number in numbers
    ):
        return float(min(abs(int(numbers[1]) - int(numbers[0])) + 1, MAX_ROUNDS))
    return None


def _leaves_early(items: Sequence[Item]) -> bool:
    nodes: list[Node] = [item.node for item in items]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Simple):
            if node.words and node.words[0].pieces[0].text in ("break", "return"):
                return True
        elif isinstance(node, Pipeline | AndOr):
            nodes.extend(node.commands)
        elif isinstance(node, Group):
            nodes.extend(item.node for item in node.body)
        elif isinstance(node, If):
            nodes.extend(item.node for branch in node.branches for some in branch for item in some)
        elif isinstance(node, Case):
            nodes.extend(item.node for branch in node.branches for item in branch)
    return False
