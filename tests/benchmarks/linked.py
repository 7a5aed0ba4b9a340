"""A large store out of one segment, linked as often as it takes: what it costs to build is not measured, all else is.

Every copy has documents of its own (other ids, other paths), so that adding to the store sees a hundred thousand of
them. Their texts are the same, so a document does not have the text that its id says, and is refused when it is read:
passages are not. Found passages come in as many copies: recall says nothing here and is not measured.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from embeddings.generations import CURRENT, MANIFEST
from embeddings.manifest import FileFacts, Manifest, SegmentFacts
from embeddings.segment import DOCUMENTS, LINES
from embeddings.store import FILES, FileState, Store, write_lines
from embeddings.write import SEGMENT, link_or_copy


def link_store(base: Store, folder: Path, n_passages: int) -> None:
    """Write a store of about `n_passages` into `folder`, out of the one segment of `base`."""
    (segment,) = base.manifest.segments
    n_copies = max(1, round(n_passages / segment.n_passages))
    generation = folder / "gen-000001"
    generation.mkdir(parents=True)
    segments, files, states = list[SegmentFacts](), dict[str, FileFacts](), list[FileState]()
    for copy in range(n_copies):
        name = f"{SEGMENT}{copy + 1:06d}"
        shutil.copytree(base.folder / base.generation / segment.name, generation / name, copy_function=link_or_copy)
        segments.append(replace(segment, name=name))
        states += _told_apart(base, generation / name, copy)
        known = base.manifest.files
        for path in sorted((generation / name).rglob("*")):
            if path.is_file():
                within = path.relative_to(generation / name).as_posix()
                is_own = within in {DOCUMENTS, LINES}
                files[f"{name}/{within}"] = FileFacts.of(path) if is_own else known[f"{segment.name}/{within}"]
    write_lines(generation / FILES, (asdict(state) for state in sorted(states, key=lambda state: state.path)))
    Manifest(
        **{field: getattr(base.manifest, field) for field in ("encoder_name", "encoder_fingerprint", "dim")},
        passage_settings=base.manifest.passage_settings,
        n_documents=n_copies * segment.n_documents,
        n_passages=n_copies * segment.n_passages,
        segments=tuple(segments),
        files={**files, FILES: FileFacts.of(generation / FILES)},
    ).save(generation)
    assert (generation / MANIFEST).exists()
    (folder / CURRENT).write_text("gen-000001\n", encoding="ascii")


def _told_apart(base: Store, folder: Path, copy: int) -> list[FileState]:
    """Give the documents of one copy other ids and paths of the same length; return their files."""
    before = base.segments[0]
    documents = before.documents.copy()
    ids = np.frombuffer(documents["id"].tobytes(), np.uint8).reshape(-1, 32).copy()
    ids[:, 0], ids[:, 1] = copy // 256, copy % 256
    documents["id"] = np.frombuffer(ids.tobytes(), "V32")
    lines = bytes(before.lines).replace(b'"path": "made/', f'"path": "m{copy:03d}/'.encode())
    for name, content in ((DOCUMENTS, documents.tobytes()), (LINES, lines)):
        (folder / name).unlink()
        (folder / name).write_bytes(content)
    paths = [json.loads(line)["path"] for line in lines.splitlines()]
    return [FileState(path, bytes(row).hex()) for path, row in zip(paths, ids, strict=True)]
