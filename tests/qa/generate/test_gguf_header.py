"""GGUF headers written here byte by byte, as the specification has it, and read back."""

import struct
from pathlib import Path
from typing import Any

import pytest

from qa.errors import EngineError
from qa.generate.gguf_header import Header, read_header

U32, F32, BOOL, STRING, ARRAY, U64 = 4, 6, 7, 8, 9, 10


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def value(kind: int, content: Any) -> bytes:
    if kind == STRING:
        return string(content)
    return struct.pack({U32: "<I", F32: "<f", BOOL: "<?", U64: "<Q"}[kind], content)


def array(kind: int, items: list[Any]) -> bytes:
    return struct.pack("<IQ", kind, len(items)) + b"".join(value(kind, item) for item in items)


def gguf(*pairs: tuple[str, int, Any], version: int = 3) -> bytes:
    body = b"".join(
        string(key) + struct.pack("<I", kind) + (content if kind == ARRAY else value(kind, content))
        for key, kind, content in pairs
    )
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(pairs)) + body


TOKENS = ["<unk>", "a", "<|end|>", "<tool>", "b", "<|start|>"]
KINDS = [2, 1, 3, 4, 1, 3]  # unknown, normal, control, user-defined, normal, control
PAIRS: tuple[tuple[str, int, Any], ...] = (
    ("general.architecture", STRING, "qwen2"),
    ("general.ready", BOOL, True),
    ("qwen2.rope.freq_base", F32, 10000.0),
    ("qwen2.context_length", U32, 4096),
    ("tokenizer.ggml.tokens", ARRAY, array(STRING, TOKENS)),
    ("tokenizer.ggml.token_type", ARRAY, array(U32, KINDS)),
    ("tokenizer.ggml.eos_token_id", U32, 4),
)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(content)
    return path


def test_header_says_window_marks_and_what_ends_a_reply(tmp_path: Path) -> None:
    # Marks: control and user-defined tokens. Ends: control tokens 2 and 5, and the stated end 4.
    expected = Header("qwen2", 4096, ("<|end|>", "<tool>", "<|start|>"), (2, 4, 5))
    assert read_header(written(tmp_path, gguf(*PAIRS))) == expected
    assert read_header(written(tmp_path, gguf(*PAIRS, version=2) + b"weights")) == expected


@pytest.mark.parametrize(
    ("more", "n_kept"),
    [
        ((), 28 * 2 * (128 + 128)),
        ((("qwen2.attention.key_length", U32, 64), ("qwen2.attention.value_length", U32, 96)), 28 * 2 * (64 + 96)),
        ((("qwen2.attention.head_count_kv", ARRAY, array(U32, [2, 2])),), 0),  # another number in each layer
        ((("qwen2.block_count", U32, 0),), 0),
    ],
)
def test_header_says_how_much_is_kept_of_a_token(tmp_path: Path, more: tuple[Any, ...], n_kept: int) -> None:
    sizes = (("block_count", 28), ("embedding_length", 1536), ("attention.head_count", 12))
    stated = [(f"qwen2.{name}", U32, number) for name, number in (*sizes, ("attention.head_count_kv", 2))]
    assert read_header(written(tmp_path, gguf(*PAIRS, *stated, *more))).n_kept == n_kept
    assert read_header(written(tmp_path, gguf(*PAIRS))).n_kept == 0


def test_every_cut_of_a_header_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    whole = gguf(*PAIRS)
    for length in range(len(whole)):
        path = written(tmp_path, whole[:length])
        with pytest.raises(EngineError, match="no GGUF file, or a damaged one") as caught:
            read_header(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 a zip",
        gguf(*PAIRS, version=9),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60),
        gguf(("k", ARRAY, struct.pack("<IQ", STRING, 1 << 60))),
        gguf(("k", ARRAY, struct.pack("<IQ", 99, 1))),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62),
    ],
    ids=["another file", "another version", "pairs without end", "array without end", "unknown kind", "long key"],
)
def test_a_header_that_lies_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EngineError, match="no GGUF file, or a damaged one"):
        read_header(written(tmp_path, content))


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read: Is a directory"):
        read_header(tmp_path)
