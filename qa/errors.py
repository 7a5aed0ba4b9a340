"""One error tree for the package. A message says what is wrong, with the value, and what to do next."""

from embeddings.phrase import PhraseError


class QaError(PhraseError):
    """Whatever this package could not do; the message is one plain sentence fit to be shown."""


class QuestionError(QaError):
    """A question that cannot be asked: empty, far too long, or of no document."""


class EngineError(QaError):
    """The engine could not be loaded, reached or understood."""


class QuestionFileError(QaError):
    """A question file with a line that cannot be used; the message names the line."""


class AnswerFileError(QaError):
    """A saved answer or conversation that cannot be read."""


class RecordError(QaError):
    """A record of an evaluation that cannot be read, or has nothing to compare with."""


class SettingsError(QaError):
    """A setting that does not exist or a value outside its range."""


class ConversationsError(QaError):
    """The file of conversations cannot be read or written, or a conversation is gone."""
