from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from qa.memory import (
    Group,
    WindowsMemory,
    available_bytes,
    free_on_linux,
    free_on_mac,
    free_on_windows,
    groups_above,
    needed_bytes,
    total_bytes,
    windows_memory,
)

NO_LIMIT = "9223372036854771712"
"""What a group of version 1 without a limit says."""

VM_STAT = """Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               20000.
Pages active:                            310000.
Pages inactive:                          300000.
Pages speculative:                         5000.
Pages throttled:                              0.
Pages wired down:                        140000.
Pages purgeable:                           8000.
"Translation faults":                 123456789.
Pages copy-on-write:                    2345678.
File-backed pages:                       222000.
Anonymous pages:                         393000.
Pages stored in compressor:              400000.
Pages occupied by compressor:            150000.
Swapouts:                                   300.
"""
"""As `vm_stat` writes it; rounded numbers of a Mac with 16 GB."""


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
    return written(root, files)


def machine_of_version_1(root: Path, own: str, **groups: tuple[str, int, int]) -> Path:
    """Write the accounts of the same machine where control groups are of version 1, as `own` names its group."""
    files = {"proc/meminfo": "MemAvailable:    8000000 kB\n", "proc/self/cgroup": f"9:cpu,cpuacct:/c\n{own}\n0::/\n"}
    for group, (limit, used, inactive) in groups.items():
        folder = f"sys/fs/cgroup/{group.replace('_', '/')}"
        files |= {f"{folder}/memory.limit_in_bytes": f"{limit}\n", f"{folder}/memory.usage_in_bytes": f"{used}\n"}
        files |= {f"{folder}/memory.stat": f"inactive_file 1\ntotal_inactive_file {inactive}\n"}
    return written(root, files)


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_what_can_be_had_is_what_the_machine_has(tmp_path: Path) -> None:
    assert free_on_linux(machine(tmp_path)) == 8_192_000_000
    assert free_on_linux(machine(tmp_path, a_b=("max", 5, 0))) == 8_192_000_000


def test_a_group_of_processes_may_take_less_and_what_it_read_of_files_can_be_dropped(tmp_path: Path) -> None:
    assert free_on_linux(machine(tmp_path, a_b=("3000", 2500, 200))) == 700
    assert free_on_linux(machine(tmp_path, a=("2000", 1900, 0))) == 100
    assert free_on_linux(machine(tmp_path, a=("2000", 2100, 0))) == 0


def test_a_container_sees_its_own_group_at_the_top(tmp_path: Path) -> None:
    folder = machine(tmp_path) / "sys/fs/cgroup"
    folder.mkdir(parents=True)
    for name, text in (("memory.max", "4000"), ("memory.current", "1000")):
        (folder / name).write_text(text, encoding="utf-8")
    assert free_on_linux(tmp_path) == 3000


@pytest.mark.parametrize("own", ["4:memory:/d/e", "4:hugetlb,memory:/d/e", "4:memory,pids:/d/e"])
def test_groups_of_version_1_are_read_too(tmp_path: Path, own: str) -> None:
    root = machine_of_version_1(tmp_path, own, memory=(NO_LIMIT, 9000, 0), memory_d_e=("3000", 2500, 200))
    assert free_on_linux(root) == 700
    assert list(groups_above(root)) == [Group(3000, 2500, 200), Group(int(NO_LIMIT), 9000, 0)]
    assert free_on_linux(machine_of_version_1(tmp_path, own, memory_d=("2000", 1900, 0))) == 100


def test_a_group_of_version_1_without_a_limit_leaves_what_the_machine_has(tmp_path: Path) -> None:
    assert free_on_linux(machine_of_version_1(tmp_path, "4:memory:/d", memory_d=(NO_LIMIT, 9000, 0))) == 8_192_000_000


def test_a_container_of_version_1_sees_its_own_group_at_the_top_under_another_name(tmp_path: Path) -> None:
    assert free_on_linux(machine_of_version_1(tmp_path, "4:memory:/docker/1f", memory=("4000", 1000, 0))) == 3000


def test_where_there_are_no_such_accounts_nobody_knows(tmp_path: Path) -> None:
    assert free_on_linux(tmp_path) is None


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="asks for the machine's memory by POSIX means")
def test_all_that_a_process_may_take_is_what_its_own_group_may_take_or_the_machine_has(tmp_path: Path) -> None:
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert total_bytes(tmp_path) == machine_bytes
    assert total_bytes(machine(tmp_path, a=("5000", 100, 0), a_b=("max", 0, 0))) == 5000
    assert total_bytes(machine_of_version_1(tmp_path / "1", "4:memory:/d", memory_d=("3000", 2500, 200))) == 3000
    assert total_bytes(machine_of_version_1(tmp_path / "2", "4:memory:/d", memory_d=(NO_LIMIT, 1, 0))) == machine_bytes


def test_on_a_mac_what_is_free_or_holds_files_or_was_given_up_can_be_had() -> None:
    # (20,000 free + 8,000 purgeable + 222,000 file-backed) pages of 16,384 bytes.
    assert free_on_mac(VM_STAT) == 250_000 * 16_384 == 4_096_000_000
    assert free_on_mac(VM_STAT.replace("16384", "4096")) == 1_024_000_000


@pytest.mark.parametrize("missing", ["Pages free", "Pages purgeable", "File-backed pages", "(page size of"])
def test_on_a_mac_that_leaves_a_count_out_nobody_knows(missing: str) -> None:
    assert free_on_mac("\n".join(line for line in VM_STAT.splitlines() if missing not in line)) is None
    assert free_on_mac("vm_stat: cannot be read\n") is None
    assert free_on_mac("") is None


def test_on_windows_the_memory_that_can_be_used_at_once_can_be_had() -> None:
    def fill(memory: WindowsMemory) -> int:
        assert memory.length == 64  # GlobalMemoryStatusEx takes no other
        # Two numbers of 32 bits and seven of 64: 17,179,869,184 bytes in all, 6,442,450,944 of them free.
        numbers = (ctypes.c_uint64 * 8).from_buffer(memory)
        numbers[1:4] = [17_179_869_184, 6_442_450_944, 21_474_836_480]
        return 1

    memory = windows_memory(fill)
    assert memory is not None
    assert (memory.total, memory.free, memory.total_page_file) == (17_179_869_184, 6_442_450_944, 21_474_836_480)
    assert free_on_windows(fill) == 6_442_450_944
    assert free_on_windows(lambda _memory: 0) is None


def test_what_this_machine_has_free_is_less_than_it_has() -> None:
    free, total = available_bytes(), total_bytes()
    assert free is not None
    assert total is not None
    assert 0 < free < total


def test_what_a_model_needs_grows_with_its_weights() -> None:
    assert needed_bytes(1_000_000_000) == 3_550_000_000  # 3.4 times, and 0.15 GB beside
    assert needed_bytes(1_117_320_768) > 3_821_000_000  # as measured
    assert needed_bytes(98_362_432) > 444_000_000
    assert needed_bytes(0) == 0
