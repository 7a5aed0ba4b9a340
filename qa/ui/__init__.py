"""The web page: a conversation, and beside it the document that an answer leans on."""
