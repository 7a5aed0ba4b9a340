"""A record in, one page of HTML for people out: figures, plots, and every case with its sources."""

from qa.report_page.page import render_page

__all__ = ["render_page"]
