"""What holds for the whole project: who may import what, what no source may do, what the guide must name."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from qa.settings import Settings

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide"
SOURCES = [*ROOT.glob("app.py"), *sorted(ROOT.glob("embeddings/**/*.py")), *sorted(ROOT.glob("qa/**/*.py"))]
TESTS = sorted(ROOT.glob("tests/**/*.py"))
SHIPPED = [
    path
    for top in (
        "app.py",
        "embeddings",
        "qa",
        "docs",
        "tests",
        ".ci",
        "README.md",
        "pyproject.toml",
        "constraints.txt",
    )
    for path in ([ROOT / top] if (ROOT / top).is_file() else sorted((ROOT / top).rglob("*")))
    if path.suffix in {"", ".py", ".md", ".toml", ".txt", ".json", ".jsonl", ".html", ".css", ".js"} and path.is_file()
]

# Every heavy package and the modules that alone may import it. A new owner is a line here, on purpose.
OWNERS = {
    "faiss": {"embeddings.dense"},
    "Stemmer": {"embeddings.stems"},
    "sentencex": {"embeddings.sentences"},
    "trafilatura": {"embeddings.extract"},
    "pypdfium2": {"embeddings.extract", "embeddings.draw"},
    "docx": {"embeddings.extract"},
    "sentence_transformers": {"embeddings.encode"},
    "huggingface_hub": {"embeddings.sources"},
    "torch": {"embeddings.encode", "embeddings.cross_encode", "qa.fit_reader", "qa.generate.transformers"},
    "transformers": {"embeddings.cross_encode", "qa.generate.transformers"},
    "openvino": {
        "embeddings.convert",
        "embeddings.encode",
        "embeddings.cross_encode",
        "qa.generate.check_head",
        "qa.generate.eight_bits",
        "qa.generate.openvino",
        "qa.generate.states",
    },
    "openvino_genai": {"qa.generate.openvino", "qa.generate.states"},
    "gradio": {"app", "qa.ui.*"},
    "sklearn": {"qa.fit_check", "qa.fit_further", "qa.fit_gate", "qa.fit_reader", "qa.fit_support"},
}
HEAVY = {"torch", "transformers", "sentence_transformers", "faiss", "openvino", "openvino_genai", "gradio"}
MAY_IMPORT = {"embeddings": {"embeddings"}, "qa": {"qa", "embeddings"}, "app": {"app", "qa", "embeddings"}}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_KEYWORDS = {"allow_pickle", "trust_remote_code", "shell"}
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|root|tmp|home|Users)/\w|[A-Z]:\\\\?Users", flags=re.ASCII)
SERVE = "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e . && .venv/bin/article-qa serve"


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    """Return the dotted name of a module or package, e.g. "qa.generate" for qa/generate/__init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def names_imported(node: ast.AST, path: Path) -> list[str]:
    """Return the dotted names that one import statement names; a relative one is made absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    if not node.level:
        return [node.module or ""]
    folder = path.parents[node.level - 1].relative_to(ROOT).parts
    return [".".join([*folder, *([node.module] if node.module else [])])]


def imports(path: Path) -> set[str]:
    """Return the dotted names of all imports of a module, those inside functions too."""
    return {name for node in ast.walk(tree(path)) for name in names_imported(node, path)}


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def is_owner(module: str, package: str) -> bool:
    return any(
        module == owner or (owner.endswith(".*") and f"{module}.".startswith(owner[:-1])) for owner in OWNERS[package]
    )


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def readme_commands() -> list[str]:
    """Return the lines of the README's shell blocks, comments and blank lines left out."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:sh|bash|shell|console)\n(.*?)```", text, flags=re.S)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def ci_test_command() -> str:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    found: list[str] = re.findall(r"^readonly TEST_COMMAND='(.+)'$", script, flags=re.M)
    return found[0]


def declared(block: str) -> set[str]:
    """Return the normalized names of the packages in one list of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    body = re.findall(rf"^{block} = \[(.*?)\]$", text, flags=re.S | re.M)[0]
    return {normalized(name) for name in re.findall(r'"([A-Za-z0-9._-]+)', body)}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_app_is_there() -> None:
    assert (ROOT / "app.py").is_file()


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    own = roots(path) & MAY_IMPORT.keys()
    assert own <= MAY_IMPORT[module_name(path).split(".")[0]]


@pytest.mark.parametrize("package", OWNERS)
def test_heavy_package_is_imported_by_its_owners_alone(package: str) -> None:
    importers = {module_name(path) for path in SOURCES if package in roots(path)}
    assert {module for module in importers if not is_owner(module, package)} == set()
    assert importers, f"nothing imports {package}: take its line out of OWNERS and of pyproject.toml"


def test_every_imported_package_is_a_declared_dependency() -> None:
    known = declared("dependencies") | declared("gguf") | declared("fit")
    distributions = packages_distributions()
    ours = {*MAY_IMPORT, *sys.stdlib_module_names}
    undeclared = {
        f"{module_name(path)} imports {package}"
        for path in SOURCES
        for package in roots(path) - ours
        if not known & {normalized(name) for name in distributions.get(package, [])}
    }
    assert undeclared == set()


def test_importing_the_packages_loads_nothing_heavy() -> None:
    script = "import sys, qa, embeddings; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) & HEAVY == set()


def test_help_needs_the_standard_library_alone() -> None:
    script = (
        "import sys; before = set(sys.modules); import qa.cli; qa.cli.build_parser()\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) & set(packages_distributions()) == {"qa", "embeddings"}


def test_package_offers_what_it_names_and_nothing_else() -> None:
    import qa
    from qa.answer import Answerer
    from qa.settings import Settings

    assert (qa.Answerer, qa.Settings) == (Answerer, Settings)
    assert [name for name in qa.__all__ if not hasattr(qa, name)] == []
    assert not hasattr(qa, "Answers")


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_nothing_unpickles_or_runs_foreign_code(path: Path) -> None:
    assert roots(path) & FORBIDDEN_MODULES == set()
    for call in calls(path):
        assert not (isinstance(call.func, ast.Name) and call.func.id in FORBIDDEN_CALLS), ast.unparse(call)
        for keyword in call.keywords:
            off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            assert keyword.arg not in FORBIDDEN_KEYWORDS or off, ast.unparse(call)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_names_a_path_of_some_machine(path: Path) -> None:
    found = [match.group() for match in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_path_of_some_machine_would_be_seen() -> None:
    # Put together here, or this file would be the first to be found.
    named = ["/" + "work/main", "see `/" + "home/me/x`", "(/" + "tmp/a", "C:\\" + "Users"]
    assert [name for name in named if not MACHINE_PATH.search(name)] == []
    assert not MACHINE_PATH.search("https://example.org/work/main and docs/work/main")


def test_every_environment_variable_is_read_at_an_entry_point() -> None:
    readers = {
        module_name(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    }
    assert readers <= {"app", "qa.cli"}


def guide_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(GUIDE.glob("*.md")))


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_guide_names_every_setting(name: str) -> None:
    assert re.search(rf"`(?:--)?{name.replace('_', '[_-]')}\b", guide_text())


def test_guide_names_every_command() -> None:
    script = "import sys; from qa.cli import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", script, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )
    commands = re.findall(r"\{([a-z,-]+)\}", ran.stdout)[0].split(",")
    assert {"index", "search", "ask", "chat", "serve", "evaluate", "verify", "models", "doctor"} <= set(commands)
    assert [name for name in commands if f"article-qa {name}" not in guide_text()] == []


def test_readme_has_exactly_two_commands() -> None:
    assert readme_commands() == [SERVE, ci_test_command()]


def test_ci_script_can_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_constraints_pin_every_direct_dependency_to_one_release() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    form = re.compile(r'([A-Za-z0-9._-]+)==[0-9][0-9a-z.]*(?: ; python_version >= "3\.11")?')
    matches = [form.fullmatch(line) for line in pins]
    assert [line for line, match in zip(pins, matches, strict=True) if match is None] == []
    names = [normalized(match[1]) for match in matches if match]
    assert sorted(set(names)) == sorted(names)
    extras = declared("test") | declared("gguf") | declared("fit")
    assert (declared("dependencies") | extras) - set(names) == set()
