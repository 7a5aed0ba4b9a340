"""The chat page: `python app.py` is `article-qa serve`, with the same options."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Serve the page; return the exit code."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from qa.cli import main as command_line

    return command_line(["serve", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
