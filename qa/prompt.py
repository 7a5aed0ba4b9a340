"""Question, conversation and chosen sentences in, the messages to the model out.

The model is asked three things over one prefix, so that the others cost only their last lines: whether the passages
state the answer, the answer, and whether they state a sentence of it. It is not told to cite or to refuse: a model this
small does both badly (measured: .58 right and .30 rightly cited when told to, .83 right when not). Knows nothing of
scores.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa.evidence import Candidate, in_groups
from qa.generate import Message
from qa.types import Turn

SYSTEM = "You answer questions from passages."
CHECK = "Do the passages state the answer to this question? Answer Yes or No."
CHECK_CLAIM = "Do the passages state exactly this? Answer Yes or No."
WRITE = "Answer in one short sentence with the words of the passages."
WRITE_MORE = "Answer in two or three short sentences with the words of the passages."

EARLIER_CHARACTERS = 300
"""What is kept of an earlier turn: enough to tell what "it" stands for."""

_WANTS_MORE = re.compile(
    r"^\s*(why|how (?!many|much|long|old|far|often|tall|big|large|high|deep|fast|soon|wide|heavy|late|early)|explain|"
    r"describe|compare|summari[sz]e|tell me about|outline|discuss|list|give (an|a|some)|what (is|are|was|were) the "
    r"(main |chief |key |two |three |four |several |different |various )?(reasons|causes|differences?|effects|"
    r"consequences|steps|arguments?|advantages|benefits|challenges|lessons?|views?|characteristics)|in what ways?|"
    r"what (does|do|did) .* (argue|think|believe|mean|say about)|difference between)\b|"
    r"\b(and why|and how|explain|difference between)\b",
    re.IGNORECASE,
)


def wants_more(question: str) -> bool:
    """Return whether the question asks for an explanation or several things rather than for one fact."""
    return bool(_WANTS_MORE.search(question))


def check_messages(shared: str) -> tuple[Message, ...]:
    """Return the messages that ask whether the passages state the answer."""
    return Message("system", SYSTEM), Message("user", f"{shared}\n{CHECK}")


def claim_messages(shared: str, claim: str) -> tuple[Message, ...]:
    """Return the messages that ask whether the passages state the claim."""
    return Message("system", SYSTEM), Message("user", f"{shared}\nStatement: {_one_line(claim)}\n{CHECK_CLAIM}")


def write_messages(shared: str, question: str) -> tuple[Message, ...]:
    """Return the messages that ask for the answer."""
    return Message("system", SYSTEM), Message("user", f"{shared}\n{WRITE_MORE if wants_more(question) else WRITE}")


def shared_text(
    question: str, chosen: Sequence[Candidate], titles: Mapping[str, str], earlier: Sequence[Turn] = ()
) -> str:
    """Return what all these messages begin with: the sentences under their titles, the turns before, the question."""
    groups = [
        f"{titles.get(group[0].sentence.doc_id, '')}: {' '.join(_one_line(item.sentence.text) for item in group)}"
        for group in in_groups(chosen)
    ]
    turns = [f"Earlier {_NAMES[turn.role]}: {_shortened(turn.content)}" for turn in earlier]
    return "\n\n".join([*groups, *(["\n".join(turns)] if turns else []), f"Question: {_one_line(question)}"])


_NAMES = {"user": "question", "assistant": "answer"}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shortened(text: str) -> str:
    text = _one_line(text)
    return text if len(text) <= EARLIER_CHARACTERS else text[:EARLIER_CHARACTERS].rsplit(" ", 1)[0] + " ..."
