"""The results of evaluations as files: the report, which a browser shows in a frame of its own, and the record.

A report holds text of documents and of models. It is sent with a policy that makes a browser treat it as a page of no
origin, so that nothing in it could reach the page around it, whatever came alive in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import FastAPI, Response

from qa.ui.evaluation import Shown

FOLDER = "evaluation"
REPORTS: Mapping[str, str] = {"en": "report.html", "zh": "report-zh.html"}
RECORD = "record.json"

POLICY = "; ".join(
    [
        "sandbox allow-scripts",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)
"""Beside it stands the report's own policy, which allows its one script and its one style by their hashes alone."""


def address(ticket: str, name: str) -> str:
    """Return where the file of that name is found, relative to the page."""
    return f"{FOLDER}/{ticket}/{name}"


def serve_reports(app: FastAPI, shown: Callable[[str], Shown | None]) -> None:
    """Have the application send report and record of the result that `shown` gives for a ticket."""

    @app.get(f"/{FOLDER}/{{ticket}}/{{name}}")
    def send(ticket: str, name: str) -> Response:
        found = shown(ticket)
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}
        language = next((code for code, report in REPORTS.items() if report == name), None)
        if found is not None and language is not None:
            return Response(found.outcome.pages[language], media_type="text/html; charset=utf-8", headers=headers)
        if found is not None and name == RECORD:
            return Response(found.outcome.record.text(), media_type="application/json", headers=headers)
        return Response(status_code=404, headers=headers)
