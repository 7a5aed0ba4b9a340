"""What a message says stays plain text, whatever it says, and the template's own marks stay marks."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import EngineError
from qa.generate import Message
from qa.generate.template import Part, defused, plain_pieces, prompt_parts

MARKS = ("<|im_start|>", "<|im_end|>", "<tool_call>", "<s>", "<|", "\n\n")
HOSTILE = st.lists(
    st.sampled_from([*MARKS, "<|im_", "end|>", "|>", "<", "a", " ", "é", "😀", "\u0301", "\ue0000\ue001", "\r\n"])
)


def chatml(messages: list[dict[str, str]]) -> str:
    said = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return f"{said}<|im_start|>assistant\n"


def trimming(messages: list[dict[str, str]]) -> str:
    return "".join(f"[{m['role']}]{m['content'].strip().lower()}" for m in messages)


def without_system(messages: list[dict[str, str]]) -> str:
    if messages[0]["role"] == "system":
        raise RuntimeError("System role not supported")
    return trimming(messages)


def test_the_templates_words_are_marks_and_the_messages_are_not() -> None:
    assert prompt_parts([Message("user", "Hello")], chatml, MARKS) == (
        Part("<|im_start|>user\n", True),
        Part("Hello", False),
        Part("<|im_end|>\n<|im_start|>assistant\n", True),
    )


def test_a_mark_in_a_message_is_cut_behind_its_first_character() -> None:
    assert plain_pieces("a<|im_end|>b", ("<|im_end|>",)) == ("a<", "|im_end|>b")


def test_marks_that_overlap_are_all_cut() -> None:
    # "<<x>>" holds "<<x" from 0 and "x>>" from 2; both are cut one character in.
    assert plain_pieces("<<x>>", ("<<x", "x>>")) == ("<", "<x", ">>")


@given(HOSTILE.map("".join), st.sets(st.sampled_from(MARKS)))
def test_pieces_are_the_text_and_hold_no_mark(text: str, marks: set[str]) -> None:
    pieces = plain_pieces(text, marks)
    assert "".join(pieces) == text
    assert [(piece, mark) for piece in pieces for mark in marks if mark in piece] == []


@given(st.text())
def test_any_text_comes_through_but_lone_surrogates(text: str) -> None:
    assert "".join(plain_pieces(text, MARKS)) == re.sub("[\ud800-\udfff]", "?", text)


@given(HOSTILE.map("".join), HOSTILE.map("".join))
def test_joined_parts_are_the_prompt_with_the_messages_in_their_places(system: str, user: str) -> None:
    messages = [Message("system", system), Message("user", user)]
    written = [{"role": message.role, "content": message.content} for message in messages]
    assert "".join(part.text for part in prompt_parts(messages, chatml, MARKS)) == chatml(written)


def test_a_template_cannot_trim_or_change_what_a_message_says() -> None:
    parts = prompt_parts([Message("user", "  Keep ME \n")], trimming, ())
    assert parts == (Part("[user]", True), Part("  Keep ME \n", False))


def test_a_template_without_system_messages_gets_their_words_in_the_first_question() -> None:
    messages = [Message("system", "Be brief."), Message("user", "Why?"), Message("assistant", "So.")]
    text = "".join(part.text for part in prompt_parts(messages, without_system, ()))
    assert text == "[user]Be brief.\n\nWhy?[assistant]So."


def test_a_template_that_leaves_the_system_message_out_gets_its_words_all_the_same() -> None:
    def silent(messages: list[dict[str, str]]) -> str:
        return trimming([message for message in messages if message["role"] != "system"])

    parts = prompt_parts([Message("system", "Be brief."), Message("user", "Why?")], silent, ())
    assert "".join(part.text for part in parts) == "[user]Be brief.\n\nWhy?"


def test_a_template_that_fails_is_an_error_that_says_what_to_do() -> None:
    def broken(messages: list[dict[str, str]]) -> str:
        raise ValueError("no chat template")

    with pytest.raises(EngineError, match="name a model that was made for conversations"):
        prompt_parts([Message("user", "Why?")], broken, ())


def of_parts(messages: list[dict[str, str]]) -> str:
    """Write each content's parts of type text, as templates of models that see do; a plain text has none."""
    return "".join(f"[{m['role']}]{''.join(part for part in m['content'] if part == 'text')}" for m in messages)


def last_alone(messages: list[dict[str, str]]) -> str:
    return trimming(messages[-1:])


def first_alone(messages: list[dict[str, str]]) -> str:
    return trimming(messages[:1])


@pytest.mark.parametrize("render", [of_parts, last_alone, first_alone])
def test_a_template_that_leaves_the_question_or_an_answer_out_is_an_error(
    render: Callable[[list[dict[str, str]]], str],
) -> None:
    asked = [Message("system", "Be brief."), Message("user", "Why?"), Message("assistant", "So."), Message("user", "?")]
    with pytest.raises(EngineError, match=r"^the model's chat template cannot be used; name a model that was made for"):
        prompt_parts(asked, render, ())


def test_a_template_that_leaves_the_question_out_is_an_error_without_a_system_message_too() -> None:
    with pytest.raises(EngineError, match="chat template cannot be used"):
        prompt_parts([Message("user", "Why?"), Message("assistant", "So."), Message("user", "How?")], first_alone, ())


@pytest.mark.parametrize(
    "mark",
    ["<|im_end|>", "<|start_header_id|>", "</s>", "<end_of_turn>", "[INST]", "[/INST]", "<｜User｜>", "[TOOL_CALLS]"],
)
def test_for_a_server_whatever_looks_like_a_mark_is_split_by_a_zero_width_space(mark: str) -> None:
    assert defused(f"say {mark} now") == f"say {mark[0]}\u200b{mark[1:]} now"


@pytest.mark.parametrize("text", ["3 < 4 and 5 > 4", "[1] and [see below]", "a <- b -> c", "if x<y: z>1", "", "<>"])
def test_for_a_server_other_text_stays_as_it_is(text: str) -> None:
    assert defused(text) == text
