"""Every text of the page, in English and in Chinese. No other module of `qa.ui` holds words that people read.

In a text `{n:,}` and the like are filled in; of two forms with a bar between them the first is for exactly one `n`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: Mapping[Language, str] = {"en": "English", "zh": "中文"}
"""What each language calls itself."""

TEXTS: Mapping[str, tuple[str, str]] = {
    # The conversation's bar and the list of conversations
    "new_conversation": ("New conversation", "新对话"),
    "conversations": ("Conversations", "对话"),
    "close": ("Close", "关闭"),
    "search_conversations": ("Search conversations", "搜索对话"),
    "n_questions": ("{n:,} question|{n:,} questions", "{n:,} 个问题"),
    "rename": ("Rename", "重命名"),
    "rename_named": ("Rename “{name}”", "重命名“{name}”"),
    "new_name": ("New name", "新名称"),
    "save": ("Save", "保存"),
    "cancel": ("Cancel", "取消"),
    "delete": ("Delete", "删除"),
    "delete_named": ("Delete “{name}”", "删除“{name}”"),
    "deleted_named": ("“{name}” was deleted.", "已删除“{name}”。"),
    "undo": ("Undo", "撤销"),
    "restore_too_late": ("This conversation can no longer be brought back.", "此对话已无法恢复。"),
    "no_conversations": (
        "No conversation yet. Each one is named by its first question.",
        "还没有对话。对话以第一个问题命名。",
    ),
    "none_found": ("No conversation has all of these words.", "没有对话包含所有这些词。"),
    "kept_here": (
        "Kept on this computer, for this and later visits.",
        "保存在这台电脑上，以后仍可打开。",
    ),
    "kept_for_session": (
        "Kept until this tab is closed; others do not see them.",
        "关闭此标签页后不再保留；他人看不到。",
    ),
    "not_kept": ("Conversations are not kept: {why}", "对话未被保存：{why}"),
    "export": ("Export", "导出"),
    "export_markdown": ("Markdown", "Markdown"),
    "export_html": ("Web page, quotes marked", "网页（引文高亮）"),
    "export_json": ("JSON, for article-qa verify", "JSON（供 article-qa verify 核对）"),
    "download_judged": ("Download judged questions", "下载已评价的问题"),
    "nothing_judged": ("No answer has been judged yet.", "还没有评价过任何回答。"),
    # The page's head and where people type
    "motto": ("Every sentence with the words of the documents that support it", "每句话都附有文档中支持它的原文"),
    "ask": ("Ask", "提问"),
    "stop": ("Stop", "停止"),
    "new": ("New", "新对话"),
    "add_documents": ("Add documents", "添加文档"),
    "ask_about": ("Ask about the documents", "就文档提问"),
    "your_question": ("Your question", "你的问题"),
    # Settings
    "settings": ("Settings", "设置"),
    "strictness": ("Strictness", "严格程度"),
    "strictness_help": (
        "How sure the program must be that the documents state the answer before it gives one.",
        "程序要有多大把握确认文档中有答案，才会作答。",
    ),
    "lenient": ("Lenient", "宽松"),
    "balanced": ("Balanced", "适中"),
    "strict": ("Strict", "严格"),
    "n_passages": ("Passages", "段落数"),
    "n_passages_help": ("How many passages are kept with an answer.", "每个回答保留多少个段落。"),
    "max_tokens": ("Length of answers", "回答长度"),
    "max_tokens_help": ("At most; most answers are one or two sentences.", "这是上限；多数回答只有一两句。"),
    "short_answers": ("Short: about {tokens} tokens", "短：约 {tokens} 个词元"),
    "usual_answers": ("Usual: about {tokens} tokens", "通常：约 {tokens} 个词元"),
    "long_answers": ("Long: about {tokens} tokens", "长：约 {tokens} 个词元"),
    "set_answers": ("As started: {tokens} tokens", "启动时设定：{tokens} 个词元"),
    "language": ("Language", "语言"),
    "shortcuts": ("Keyboard shortcuts", "键盘快捷键"),
    "on": ("On", "开"),
    "off": ("Off", "关"),
    "model": ("Model", "模型"),
    "no_model": ("none", "无"),
    "other_model": ("To use another one, start the program with", "要换用其他模型，请这样启动程序："),
    "reset_settings": ("Back to the usual settings", "恢复默认设置"),
    "kept_in_browser": ("Settings are kept in this browser.", "设置保存在此浏览器中。"),
    "keys_list": ("Show this list", "显示此列表"),
    "keys_question": ("Go to the question", "转到提问框"),
    "keys_new": ("Begin a new conversation", "开始新对话"),
    "keys_before": ("The source before this one", "上一处出处"),
    "keys_after": ("The source after this one", "下一处出处"),
    "keys_escape": (
        "Stop the answer; close a panel; go from the source back to the answer",
        "停止回答；关闭面板；从出处回到回答",
    ),
    "keys_off": (
        "They do nothing while you type, and can be turned off in the settings.",
        "输入文字时不起作用，也可在设置中关闭。",
    ),
    # Below an answer
    "copy": ("Copy", "复制"),
    "copy_cited": ("Copy with sources", "连同出处复制"),
    "copied": ("Copied", "已复制"),
    "not_copied": ("Could not be copied", "无法复制"),
    "good_answer": ("Good answer", "回答得好"),
    "bad_answer": ("Bad answer", "回答得不好"),
    "why_good": ("What is good about it? (optional)", "好在哪里？（可不填）"),
    "why_bad": ("What is wrong with it? (optional)", "哪里不对？（可不填）"),
    "saved": ("Saved", "已保存"),
    # What became of a source since
    "changed_source": (
        "{document} has changed since this answer: {labels} may no longer stand there.",
        "{document} 在此回答之后有改动：{labels} 可能已不在原处。",
    ),
    "missing_source": (
        "{document} is no longer among the documents: {labels} can only be read as it was quoted.",
        "{document} 已不在文档之列：{labels} 只能按当时的引文阅读。",
    ),
    "wrong_quote": (
        "{labels} does not stand in {document} where it should.",
        "{labels} 不在 {document} 中应在的位置。",
    ),
    "quoted_then": ("The words as they were quoted then", "当时引用的原文"),
    "back_to_answer": ("Back to the answer", "回到回答"),
}
"""By key: English, Chinese."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language; called with a key, it returns the text with its values filled in."""

    language: Language = "en"

    def __call__(self, key: str, **values: object) -> str:
        """Return the text, as plain text. Raises KeyError where there is no such key."""
        text = TEXTS[key][get_args(Language).index(self.language)]
        one, _, many = text.partition("|")
        return (one if not many or values.get("n") == 1 else many).format(**values)


ENGLISH = Texts("en")


def texts_of(language: str) -> Texts:
    """Return the texts of a language by its code, with or without a region; English where it is not known."""
    code = language.lower().partition("-")[0]
    return Texts("zh") if code == "zh" else ENGLISH
