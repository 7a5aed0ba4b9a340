"""The commands that check and fetch, for which no model is loaded: verify, models, doctor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from embeddings.cache import converted_sizes, remove_converted
from embeddings.types import Document
from embeddings.weights import default_cache, fetch, is_cached, known_models, model_folder, model_named
from embeddings.weights import verify as problems_of
from qa.call import Call
from qa.errors import QaError
from qa.terminal import size

if TYPE_CHECKING:
    from qa.verify import Finding

STYLES = {"ok": "green", "note": "yellow", "missing": "red"}


def verify(call: Call) -> int:
    """Check that every quote of saved answers still stands where it says it stands."""
    from qa.saved import read_saved
    from qa.verify import verify_answer

    name = call.options.answer
    findings = verify_answer(read_saved(name), documents_of(call))
    if call.options.json:
        call.terminal.json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _show_finding(call, finding)
    if wrong := [finding for finding in findings if not finding.ok]:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise QaError(f"{name}: {_where(wrong[0])}{wrong[0].message}{more}")
    return 0


def _show_finding(call: Call, finding: Finding) -> None:
    call.terminal.say("ok     " if finding.ok else "wrong  ", "green" if finding.ok else "red", end="")
    call.terminal.say(f"{_where(finding)}{finding.message}")


def _where(finding: Finding) -> str:
    """Return what the finding is about, as the beginning of its sentence."""
    label = f"[{finding.label}]" if finding.label is not None else ""
    named = " ".join(part for part in (finding.where, label) if part)
    return f"{named}: " if named else ""


def documents_of(call: Call) -> tuple[Document, ...]:
    """Return the documents of the store, every byte of it checked, or of the paths; no weights are needed for that."""
    if call.options.store is not None:
        from embeddings.errors import StoreDamaged
        from embeddings.store import Store

        store = Store.open(call.options.store)
        for warning in store.warnings:
            call.terminal.note(f"note: {warning}")
        if problems := store.verify():
            raise StoreDamaged(f"the store {store.folder} is damaged ({'; '.join(problems)}); build it anew")
        return tuple(store.documents.values())
    from embeddings.load import load_paths

    with call.terminal.progress("reading") as progress:
        loaded = load_paths(call.docs(), progress)
    call.tell_skipped(loaded.skipped)
    return loaded.documents


def list_models(call: Call) -> int:
    """Show the models that the program knows, and which are here."""
    cache = call.cache or default_cache()
    rows = [(model, model_folder(model, cache), is_cached(model, cache)) for model in known_models()]
    if call.options.json:
        call.terminal.json(
            [
                {
                    "name": model.name,
                    "kind": model.kind,
                    "size_bytes": model.size_bytes,
                    "licence": model.licence,
                    "hub": model.hub,
                    "sha256": model.main_file.sha256,
                    "folder": str(folder) if is_here else None,
                }
                for model, folder, is_here in rows
            ]
        )
        return 0
    table = [
        (model.name, model.kind, size(model.size_bytes), model.licence, model.hub, "yes" if is_here else "no")
        for model, _, is_here in rows
    ]
    call.terminal.table([("NAME", "KIND", "SIZE", "LICENCE", "FROM", "HERE"), *table])
    if n_bytes := sum(converted_sizes(cache).values()):
        said = f"{size(n_bytes)} more: what was prepared of them; removed by: article-qa models clean"
        call.terminal.say(said, "dim")
    return 0


def pull_models(call: Call) -> int:
    """Fetch the weights of models, where they are not here."""
    for model in [model_named(name) for name in call.options.names]:
        with call.terminal.progress(f"fetching {model.name}") as progress:
            path = fetch(
                model,
                call.cache or default_cache(),
                progress,
                offline=call.options.offline,
                hub_endpoint=call.hub_endpoint,
            )
        call.terminal.say(str(path))
    return 0


def verify_models(call: Call) -> int:
    """Check every byte of the weights that are here; 1 where one differs."""
    cache = call.cache or default_cache()
    named = [model_named(name) for name in call.options.names]
    here = [model for model in known_models() if model_folder(model, cache).is_dir()]
    if not (named or here):
        call.terminal.say("no weights are here yet")
    for model in named or here:
        if problems := problems_of(model, cache):
            raise QaError(
                f"the weights of {model.name} are not as pinned ({'; '.join(problems)}); remove the folder "
                f"{model_folder(model, cache)}, then run: article-qa models pull {model.name}"
            )
        call.terminal.say(f"{model.name}: as pinned")
    return 0


def clean_models(call: Call) -> int:
    """Remove what was prepared of weights for this machine; the weights stay."""
    call.terminal.say(f"{size(remove_converted(call.cache or default_cache()))} removed; the weights are still here")
    return 0


def doctor(call: Call) -> int:
    """Show what this machine has and what is missing; 1 where something is missing that is needed."""
    from qa.doctor import examine

    checks = examine(call.cache or default_cache(), full=call.options.full)
    if call.options.json:
        call.terminal.json([asdict(check) for check in checks])
    else:
        for check in checks:
            call.terminal.say(f"{check.state:8}", STYLES[check.state], end="")
            call.terminal.say(f"{check.name}: {check.found}")
            if check.mend:
                call.terminal.say(f"{'':8}-> {check.mend}", "bold")
    if missing := [check.name for check in checks if check.state == "missing"]:
        raise QaError(f"missing: {', '.join(missing)}; do what stands behind the arrows, then try again")
    return 0


COMMANDS: Mapping[str, Callable[[Call], int]] = {
    "verify": verify,
    "models": list_models,
    "models pull": pull_models,
    "models verify": verify_models,
    "models clean": clean_models,
    "doctor": doctor,
}
