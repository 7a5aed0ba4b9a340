"""From a question to an answer with checked citations. Importing it loads no heavy library.

from qa import open_answerer
answer = open_answerer(docs=["articles/"]).ask("Who spoke first?")
"""

from qa.answer import Answerer, open_answerer
from qa.settings import Settings
from qa.types import Answer, AnswerSentence, Citation, Turn

__all__ = ["Answer", "AnswerSentence", "Answerer", "Citation", "Settings", "Turn", "open_answerer"]
