from __future__ import annotations

from pathlib import Path

from qa.memory import available_bytes, needed_bytes


def machine(root: Path, **groups: tuple[str, int, int]) -> Path:
    """Write the accounts of a machine with 8,000,000 kB to be had, whose process is in the group a/b."""
    files = {
        "proc/meminfo": "MemTotal:       16000000 kB\nMemFree:  1 kB\nMemAvailable:    8000000 kB\n",
        "proc/self/cgroup": "4:memory:/other\n0::/a/b\n",
    }
    for group, (limit, used, inactive) in groups.items():
        folder = f"sys/fs/cgroup/{group.replace('_', '/')}"
        files |= {f"{folder}/memory.max": f"{limit}\n", f"{folder}/memory.current": f"{used}\n"}
        files |= {f"{folder}/memory.stat": f"anon 5\ninactive_file {inactive}\nactive_file 7\n"}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_what_can_be_had_is_what_the_machine_has(tmp_path: Path) -> None:
    assert available_bytes(machine(tmp_path)) == 8_192_000_000
    assert available_bytes(machine(tmp_path, a_b=("max", 5, 0))) == 8_192_000_000


def test_a_group_of_processes_may_take_less_and_what_it_read_of_files_can_be_dropped(tmp_path: Path) -> None:
    assert available_bytes(machine(tmp_path, a_b=("3000", 2500, 200))) == 700
    assert available_bytes(machine(tmp_path, a=("2000", 1900, 0))) == 100
    assert available_bytes(machine(tmp_path, a=("2000", 2100, 0))) == 0


def test_a_container_sees_its_own_group_at_the_top(tmp_path: Path) -> None:
    folder = machine(tmp_path) / "sys/fs/cgroup"
    folder.mkdir(parents=True)
    for name, text in (("memory.max", "4000"), ("memory.current", "1000")):
        (folder / name).write_text(text, encoding="utf-8")
    assert available_bytes(tmp_path) == 3000


def test_where_there_are_no_such_accounts_nobody_knows(tmp_path: Path) -> None:
    assert available_bytes(tmp_path) is None


def test_what_a_model_needs_grows_with_its_weights() -> None:
    assert needed_bytes(1_000_000_000) == 3_550_000_000  # 3.4 times, and 0.15 GB beside
    assert needed_bytes(1_117_320_768) > 3_821_000_000  # as measured
    assert needed_bytes(98_362_432) > 444_000_000
    assert needed_bytes(0) == 0
