"""Every check of `article-qa doctor`, with what it says where something is wrong."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from embeddings.weights import known_models, model_folder
from qa import doctor
from qa.doctor import Check
from tests.qa.command_line import CommandLine

VERSIONS = {"numpy": "2.4.6", "torch": "2.13.0+cpu", "gradio": "5.9.1"}


def version_of(name: str) -> str:
    if name not in VERSIONS:
        raise importlib.metadata.PackageNotFoundError(name)
    return VERSIONS[name]


def put_weights(cache: Path, name: str) -> Path:
    """Put files of the right names and sizes into the cache, sparse and with the wrong content."""
    model = next(model for model in known_models() if model.name == name)
    folder = model_folder(model, cache)
    for file in model.files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.truncate(file.size)
    stamp = {file.name: file.sha256 for file in model.files}
    (folder / "VERIFIED.json").write_text(json.dumps(stamp), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 9), "missing"), ((3, 10), "ok"), ((3, 13), "ok"), ((3, 14), "missing")],
)
def test_python_has_to_be_one_that_the_program_is_made_for(version: tuple[int, int], state: str) -> None:
    check = doctor.python_check(version)
    assert (check.state, bool(check.mend)) == (state, state == "missing")
    assert check.found.startswith(f"{version[0]}.{version[1]} (")


def test_dependencies_are_compared_by_number_and_not_by_letter() -> None:
    wanted = ("numpy>=2.4.10", "torch>=2.6", "gradio>=6.0", "httpx>=0.27")
    assert list(doctor.dependency_checks(wanted, version_of)) == [
        Check("numpy", "missing", "2.4.6 is older than 2.4.10", 'pip install "numpy>=2.4.10"'),
        Check("gradio", "missing", "5.9.1 is older than 6.0", 'pip install "gradio>=6.0"'),
        Check("httpx", "missing", "is not installed", 'pip install "httpx>=0.27"'),
        Check("dependencies", "ok", "torch 2.13.0+cpu"),
    ]


def test_a_dependency_without_a_lower_bound_has_to_be_there() -> None:
    assert list(doctor.dependency_checks(("numpy",), version_of)) == [Check("dependencies", "ok", "numpy 2.4.6")]


def test_a_program_that_is_not_installed_says_how_to() -> None:
    (check,) = doctor.dependency_checks(None)
    assert (check.name, check.state) == ("article-qa", "missing")
    assert check.mend == "in the checkout: pip install -c constraints.txt -e ."


@pytest.mark.parametrize(
    ("n_bytes", "state", "found"),
    [
        (16_000_000_000, "ok", "16.0 GB"),
        (2_000_000_000, "note", "2.0 GB, and the default model needs about 5.0 GB"),
        (0, "note", "how much there is could not be told"),
    ],
)
def test_memory_is_compared_with_what_the_default_model_needs(n_bytes: int, state: str, found: str) -> None:
    check = doctor.memory_check(n_bytes)
    assert (check.state, check.found) == (state, found)


def test_this_machine_is_described() -> None:
    assert doctor.machine_check().found.split(", ")[1].split()[1] in {"core", "cores"}
    assert doctor.memory_check().state in {"ok", "note"}
    assert doctor.accelerator_check().name == "accelerator"


@pytest.mark.parametrize(
    ("may_have", "usable", "lacking", "state", "found", "mend"),
    [
        (False, None, (), "ok", "no NVIDIA driver: the processor computes the answers", ""),
        (True, "mps", (), "ok", "Apple's GPU", ""),
        (
            True,
            "mps",
            ("gguf", "accelerate"),
            "note",
            "Apple's GPU; without gguf and accelerate the processor computes the answers of GGUF models",
            'pip install "article-qa[gguf]"',
        ),
        (
            True,
            None,
            (),
            "note",
            "cannot use the GPU that is here",
            "install a build of torch for it: https://pytorch.org/get-started/locally/",
        ),
    ],
)
def test_the_accelerator_is_what_the_program_itself_would_use(
    may_have: bool, usable: str | None, lacking: tuple[str, ...], state: str, found: str, mend: str
) -> None:
    check = doctor.accelerator_check(lambda: may_have, lambda: usable, lambda: lacking)
    assert (check.state, check.mend) == (state, mend)
    assert check.found.removeprefix(f"torch {importlib.metadata.version('torch')}").lstrip(", ") == found


def test_a_driver_that_only_its_tool_tells_of_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a container or under Windows, where there is no /proc/driver/nvidia; torch here is a build for processors.
    tool = tmp_path / ("nvidia-smi.exe" if sys.platform == "win32" else "nvidia-smi")
    tool.write_text("", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no NVIDIA driver" not in doctor.accelerator_check().found


@pytest.mark.parametrize(
    ("architecture", "flags", "state", "found"),
    [
        ("x86_64", "fpu avx2 avx512f avx512_vnni", "ok", ", avx2, avx512f, avx512_vnni"),
        ("x86_64", "fpu avx2 avx_vnni", "ok", ", avx2, avx_vnni"),
        ("x86_64", "fpu avx2", "note", ", avx2, without VNNI (sums of products of eight bits)"),
        ("x86_64", "fpu", "note", ", without AVX2"),
        ("aarch64", "fp asimd", "ok", ""),
    ],
)
def test_a_processor_that_reads_a_model_slowly_is_noted(architecture: str, flags: str, state: str, found: str) -> None:
    check = doctor.machine_check(frozenset(flags.split()), architecture)
    assert (check.state, bool(check.mend)) == (state, state == "note")
    assert check.found.split("core", 1)[1].removeprefix("s") == found


def test_a_cache_that_cannot_be_a_folder_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    check = doctor.cache_check(file / "cache")
    assert check.state == "missing"
    assert check.found == f"{file / 'cache'} cannot be written: Not a directory"
    assert check.mend == "make it writable, or name another folder with ARTICLE_QA_CACHE"
    assert doctor.cache_check(tmp_path / "new").state == "ok"
    assert list((tmp_path / "new").iterdir()) == []


def test_weights_of_the_defaults_are_needed_and_the_others_are_not(tmp_path: Path) -> None:
    checks = list(doctor.weights_checks(tmp_path, full=False))
    assert [(check.name, check.state) for check in checks] == [
        ("weights of qwen2.5-coder-1.5b", "missing"),
        ("weights of smollm2-135m", "note"),
        ("weights of all-minilm-l6-v2", "missing"),
        ("weights of all-mpnet-base-v2", "note"),
    ]
    assert checks[0] == Check(
        "weights of qwen2.5-coder-1.5b",
        "missing",
        "are not here (1.1 GB)",
        "article-qa models pull qwen2.5-coder-1.5b",
    )


def test_only_the_full_check_reads_the_weights(tmp_path: Path) -> None:
    folder = put_weights(tmp_path, "smollm2-135m")
    quick = list(doctor.weights_checks(tmp_path, full=False))[1]
    assert quick == Check("weights of smollm2-135m", "ok", "are here (98 MB)")
    full = list(doctor.weights_checks(tmp_path, full=True))[1]
    assert full.state == "note"
    assert "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53" in full.found
    assert full.mend == f"remove {folder}, then: article-qa models pull smollm2-135m"


def test_a_library_that_cannot_be_imported_is_missing() -> None:
    def fail(_name: str) -> object:
        raise ImportError("libGL.so.1: cannot open\nshared object file")

    check = doctor.library_check("faiss", fail)
    assert check.state == "missing"
    assert check.found == "cannot be imported: ImportError: libGL.so.1: cannot open shared object file"
    assert check.mend == "pip install --force-reinstall faiss-cpu"
    assert doctor.library_check("json").state == "ok"


def test_doctor_ends_with_1_and_names_what_is_missing(tmp_path: Path) -> None:
    command = CommandLine(tmp_path)
    ran = command.run("doctor")
    assert ran.code == 1
    assert ran.err.startswith("article-qa: missing: ")
    assert "weights of all-minilm-l6-v2" in ran.err
    assert ran.err.count("\n") == 1
    lines = ran.out.splitlines()
    place = lines.index("missing weights of all-minilm-l6-v2: are not here (92 MB)")
    assert lines[place + 1] == "        -> article-qa models pull all-minilm-l6-v2"
    checks = json.loads(command.run("doctor", "--json").out)
    assert {"name", "state", "found", "mend"} == set(checks[0])
    assert f"{tmp_path}, " in next(check["found"] for check in checks if check["name"] == "cache")


def test_doctor_ends_with_0_where_nothing_needed_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("qwen2.5-coder-1.5b", "all-minilm-l6-v2"):
        put_weights(tmp_path, name)
    # Whether the package is installed is a matter of the environment that the tests run in.
    monkeypatch.setattr(importlib.metadata, "requires", lambda _name: ["pytest>=1.0", 'other>=1; extra == "test"'])
    ran = CommandLine(tmp_path).run("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert f"ok      dependencies: pytest {importlib.metadata.version('pytest')}" in ran.out.splitlines()
