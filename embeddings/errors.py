"""One error tree for the package. A message says what is wrong, with the value, and what to do next."""

from embeddings.phrase import PhraseError


class EmbeddingsError(PhraseError):
    """Whatever this package could not do; the message is one plain sentence fit to be shown."""


class LoadError(EmbeddingsError):
    """Nothing could be read from what was named."""


class WeightsError(EmbeddingsError):
    """A model's weights could not be had, or are not the ones they should be."""


class StoreError(EmbeddingsError):
    """A store cannot be read, written or used with these settings."""


class StoreNotFound(StoreError):
    """There is no store in the folder."""


class StoreBusy(StoreError):
    """Another process is writing to the store."""


class StoreDamaged(StoreError):
    """No generation of the store has the content that its manifest states."""
