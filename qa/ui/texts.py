"""Every text of the page, in English and in Chinese. No other module of `qa.ui` holds words that people read.

In a text `{n:,}` and the like are filled in; of two forms with a bar between them the first is for exactly one `n`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from embeddings.phrase import Phrase, PhraseError, without_error
from qa.ui.chinese import CHINESE
from qa.ui.texts_evaluate import EVALUATE_TEXTS

Language = Literal["en", "zh"]
LANGUAGES: Mapping[Language, str] = {"en": "English", "zh": "中文"}
"""What each language calls itself."""
CODES: Mapping[Language, str] = {"en": "en", "zh": "zh-Hans"}
"""What browsers and screen readers call them."""

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
    "new": ("New", "新建"),
    "add_documents": ("Add documents", "添加文档"),
    "ask_about": ("Ask a question", "就文档提问"),
    "your_question": ("Your question", "你的问题"),
    "not_answered": ("Not answered: “{question}”", "尚未回答：“{question}”"),
    "crowded": ("Too many people are asking at once; try again in a moment.", "同时提问的人太多；请稍后再试。"),
    "busy": (
        "An answer is still being written; stop it before you ask something else.",
        "还在写上一个回答；请先停止，再问别的。",
    ),
    "empty_question": ("The question is empty; type what you want to know.", "问题是空的；请输入你想知道的内容。"),
    "unforeseen": (
        "Something went wrong that was not foreseen; what it was stands where the program was started.",
        "发生了意料之外的错误；详情见启动程序的地方。",
    ),
    "changing": (
        "You are changing question {place}; its answer will be replaced.",
        "你正在修改第 {place} 个问题；它的回答将被替换。",
    ),
    "changing_later": (
        "You are changing question {place}; its answer and the {n:,} question after it will be replaced.|"
        "You are changing question {place}; its answer and the {n:,} questions after it will be replaced.",
        "你正在修改第 {place} 个问题；它的回答和之后的 {n:,} 个问题将被替换。",
    ),
    "so_much_of": ("{done} of {total}", "{done} / {total}"),
    "so_many_of": ("{done:,} of {total:,}", "{done:,} / {total:,}"),
    "seconds": ("{seconds:.1f} s", "{seconds:.1f} 秒"),
    "comma": (", ", "、"),
    "semicolon": ("; ", "；"),
    "was_not_read": ("was not read: {why}", "未能读取：{why}"),
    "was_added": ("Added {n:,} document:|Added {n:,} documents:", "已添加 {n:,} 个文档："),
    "and_others": ("and {n:,} more", "另有 {n:,} 个"),
    "and_more_unread": (
        "and {n:,} more that was not read|and {n:,} more that were not read",
        "另有 {n:,} 个文件未能读取",
    ),
    "sending": ("Sending the files to the program", "正在将文件发送给程序"),
    "not_sent": (
        "The files did not reach the program, and nothing was added. Try again.",
        "文件未能送达程序，没有添加任何内容。请重试。",
    ),
    "dismiss": ("Dismiss this message", "关闭此消息"),
    "takes_the_place": (
        "{name} takes the place of what was added under that name before",
        "{name} 取代了此前以该名称添加的内容",
    ),
    "nothing_added": ("Nothing was added", "没有添加任何文档"),
    "adding_ended": (
        "Adding was ended before it was done, and nothing was added. Add the documents again.",
        "添加在完成之前已中止，没有添加任何内容。请重新添加文档。",
    ),
    "and_files_after": ("({n:,} more file waits)|({n:,} more files wait)", "（还有 {n:,} 个文件等待中）"),
    "was_stopped": ("The answer was stopped.", "回答已停止。"),
    "with_sources": ("With {n:,} source.|With {n:,} sources.", "附 {n:,} 处出处。"),
    "with_nearest": ("Nearest: {n:,} source.|Nearest: {n:,} sources.", "最接近的：{n:,} 处。"),
    # The conversation
    "what_to_know": ("What would you like to know?", "你想知道什么？"),
    "how_it_answers": (
        "Answers come from the documents alone. Each sentence carries a numbered mark: it opens the source beside it, "
        "at the exact words.",
        "回答只来自文档。每句话都带有编号标记：点开即可在旁边看到出处的原文。",
    ),
    "for_example": ("Suggestions, drawn from the documents", "根据文档给出的建议"),
    "first_documents": ("Add a document to begin", "先添加一个文档"),
    "how_to_add": (
        "There is nothing to ask yet. Drop files anywhere on this page, choose them, or paste a text; then ask what "
        "stands in them.",
        "现在还没有可以提问的内容。把文件拖到页面任意处、选择文件，或粘贴一段文字，然后就其中的内容提问。",
    ),
    "paste_a_text": ("Paste a text", "粘贴文字"),
    "kinds_read": (
        "Text, Markdown, HTML, PDF and Word files are read.",
        "可读取文本、Markdown、HTML、PDF 和 Word 文件。",
    ),
    "edit": ("Edit", "修改"),
    "edit_question": ("Edit this question", "修改此问题"),
    "try_again": ("Try again", "重试"),
    "answer_again": ("Answer this question again", "重新回答此问题"),
    "passages_found": ("{n:,} passage found|{n:,} passages found", "找到 {n:,} 个段落"),
    "searched_together": (
        "Searched together with what was said before: “{added}”",
        "与你之前的提问一起搜索：“{added}”",
    ),
    "asked_at": ("Asked at “{level}”, for this question alone.", "仅此问题按“{level}”提问。"),
    "asked_alone": ("Asked without the conversation before it.", "提问时未考虑之前的对话。"),
    "searching": ("Searching the documents", "正在搜索文档"),
    "waiting": ("Waiting its turn", "正在排队"),
    "waiting_behind": (
        "Waiting its turn, {n:,} question before it|Waiting its turn, {n:,} questions before it",
        "正在排队，前面还有 {n:,} 个问题",
    ),
    "reading": ("Reading what was found", "正在阅读找到的内容"),
    "not_in_documents": ("not in the documents", "文档中没有"),
    "differs_from_source": ("differs from the source", "与出处不符"),
    "source_named": ("Source {label}: {name}", "出处 {label}：{name}"),
    "a_document": ("a document", "某个文档"),
    "comma_page": (", page {page}", "，第 {page} 页"),
    "refusal": ("The documents do not state the answer to this question.", "文档中没有这个问题的答案。"),
    "withdrawn": (
        "An answer was written and then withdrawn: the documents do not support it well enough.",
        "曾写出一个回答，但文档对它的支持不够，因此已撤回。",
    ),
    "what_was_written": ("What was written", "写出的内容"),
    "in_no_document": ("In no document:", "所有文档中都没有："),
    "nearest": ("The nearest sentences", "最接近的句子"),
    "refuses_least": ("This is the level that refuses least.", "这已是最少拒答的级别。"),
    "ask_again_at": ("Ask again at “{level}”", "按“{level}”重新提问"),
    "refuses_less": (
        "It refuses less than “{level}”, so check the answer. For this question alone.",
        "它比“{level}”更少拒答，请核对回答。仅对此问题有效。",
    ),
    "broke_off": ("This answer broke off: {why}", "此回答中断了：{why}"),
    "stopped": ("Stopped", "已停止"),
    # The documents
    "documents": ("Documents", "文档"),
    "so_many_asked": (", {n:,} asked", "，提问其中 {n:,} 个"),
    "first_listed": (
        "The first {listed:,} of {n:,} are listed; the field above finds the others.",
        "此处列出 {n:,} 个中的前 {listed:,} 个；其余可用上方的输入框查找。",
    ),
    "choose_files": ("Choose files", "选择文件"),
    "web_address": ("Web address", "网址"),
    "add_the_page": ("Add the page", "添加网页"),
    "drop_here": ("Drop files to add them", "松开即可添加文件"),
    "drop_files": (
        "Drop files anywhere on this page, or choose them. What you add is for you alone, and gone when you close the "
        "page.",
        "把文件拖到页面任意处，或选择文件。你添加的内容只有你能看到，关闭页面后即消失。",
    ),
    "drop_files_kept": (
        "Drop files anywhere on this page, or choose them. What you add is kept, for everyone who uses this store, in "
        "{folder}.",
        "把文件拖到页面任意处，或选择文件。你添加的内容会保存在 {folder} 中，供使用此库的所有人使用。",
    ),
    "is_folder": ("it is a folder; drop the files in it", "这是文件夹；请拖入其中的文件"),
    "too_large": ("it has more than {n:,} MB, the most that can be added", "文件超过 {n:,} MB 的添加上限"),
    "largest_file": ("A file may have up to {n:,} MB.", "每个文件最大 {n:,} MB。"),
    "or_paste": ("Or paste a text", "或粘贴一段文字"),
    "its_name": ("Its name", "名称"),
    "pasted_text": ("Pasted text", "粘贴的文字"),
    "add_the_text": ("Add the text", "添加文字"),
    "find_document": ("Find a document", "查找文档"),
    "ask_all": ("Ask all", "全选"),
    "ask_none": ("Ask none", "全不选"),
    "undo_removed": ("Undo: bring {name} back", "撤销：恢复 {name}"),
    "was_removed": ("{name} was removed.", "已移除 {name}。"),
    "is_back": ("{name} is back.", "已恢复 {name}。"),
    "ask_document": ("Ask {name}", "向 {name} 提问"),
    "added_here": ("added here", "在此添加"),
    "only_here": ("only in this session", "仅限本次会话"),
    "remove": ("Remove", "移除"),
    "remove_named": ("Remove {name}", "移除 {name}"),
    "kind_pdf": ("PDF", "PDF"),
    "kind_word": ("Word", "Word"),
    "kind_markdown": ("Markdown", "Markdown"),
    "kind_web": ("Web page", "网页"),
    "kind_text": ("Text", "文本"),
    "n_characters": ("{n:,} character|{n:,} characters", "{n:,} 个字符"),
    "n_pages": ("{n:,} page|{n:,} pages", "{n:,} 页"),
    "nothing_chosen": (
        "No document is chosen; choose one in the list of documents.",
        "没有选中任何文档；请在文档列表中选择。",
    ),
    "no_documents": ("There are no documents yet; add one first.", "还没有文档；请先添加。"),
    "no_text": ("There is no text to add; paste it first.", "没有可添加的文字；请先粘贴。"),
    "text_too_long": (
        "The text has more than {n:,} characters; add it as a file.",
        "文字超过 {n:,} 个字符；请作为文件添加。",
    ),
    "no_web": (
        "Nothing is fetched from the web here; serve with --web to allow it.",
        "此处不会从网上获取内容；用 --web 启动以允许。",
    ),
    "fetching": ("fetching", "正在获取"),
    "nothing_added_why": ("Nothing was added: {why}", "没有添加任何内容：{why}"),
    # The source
    "opens_here": (
        "The source opens here, at the words that an answer leans on.",
        "出处会在这里打开，停在回答所依据的文字处。",
    ),
    "click_a_mark": ("Click a numbered mark in an answer.", "请点击回答中的编号标记。"),
    "page": ("page {page}", "第 {page} 页"),
    "place_of": ("{item} of {n_items}", "{item} / {n_items}"),
    "sources": ("Sources", "出处"),
    "passages": ("Passages", "段落"),
    "previous_source": ("Previous source", "上一处出处"),
    "next_source": ("Next source", "下一处出处"),
    "previous_passage": ("Previous passage", "上一个段落"),
    "next_passage": ("Next passage", "下一个段落"),
    "show_page": ("Show the page", "显示页面"),
    "show_text": ("Show the text", "显示文字"),
    "previous_page": ("Previous page", "上一页"),
    "next_page": ("Next page", "下一页"),
    "page_of": ("Page {page} of {n_pages}", "第 {page} 页，共 {n_pages} 页"),
    "pages": ("Pages", "页"),
    "goes_on": ("These words go on on the next page.", "这段文字延续到下一页。"),
    "begins_before": ("These words begin on the page before.", "这段文字从上一页开始。"),
    "show_page_n": ("Show page {page}", "显示第 {page} 页"),
    "why_text": ("{why}.", "{why}。"),
    "text_of_source": ("Text of the source", "出处的文字"),
    "page_of_source": ("Page of the source", "出处的页面"),
    "page_printed": ("Page {page} of {title}, as it is printed", "{title} 第 {page} 页的印刷样式"),
    # How an answer was made
    "how_made": ("How this answer was made", "这个回答是怎样得出的"),
    "searched_for": ("Searched for", "搜索的内容"),
    "found": ("Found", "找到的内容"),
    "decided": ("Decided", "判断"),
    "sent_to": ("Sent to {model}", "发送给 {model}"),
    "marks": ("What the marks are worth", "标记有多可靠"),
    "marks_worth": (
        "Measured on documents that the check had not seen: of true sentences it marks {accepted:.0%} as supported, "
        "of false ones it marks {missed:.0%} so too. Where it matters, read the source.",
        "在检查程序没有见过的文档上测得：真实的句子中有 {accepted:.0%} 被标为有依据，"
        "虚假的句子中也有 {missed:.0%} 被这样标记。重要之处请阅读原文。",
    ),
    "took": ("Took", "用时"),
    "took_retrieve": ("{seconds:.2f} s to find passages", "找到段落用了 {seconds:.2f} 秒"),
    "took_gate": ("{seconds:.2f} s until it was decided whether to answer", "到决定是否回答共 {seconds:.2f} 秒"),
    "took_first": ("{seconds:.2f} s until the first word", "到第一个词共 {seconds:.2f} 秒"),
    "took_total": ("{seconds:.2f} s in all", "总计 {seconds:.2f} 秒"),
    "ask_without": ("Ask again without it", "去掉它重新提问"),
    "of_this": ("Of this, “{added}” came from the conversation.", "其中“{added}”来自对话。"),
    "no_passage": ("No passage.", "没有段落。"),
    "passage": ("Passage", "段落"),
    "meaning": ("Meaning", "语义"),
    "words": ("Words", "词语"),
    "together": ("Together", "综合"),
    "scores": ("Passages with their scores", "段落及其得分"),
    "scores_help": (
        "Meaning is the cosine of question and passage, Words their BM25 score; Together is both, each spread to 0 to "
        "1, with a comparison of the single words of question and passage as the other half.",
        "语义是问题与段落的余弦相似度，词语是 BM25 得分；"
        "综合由两者（各自缩放到 0 至 1）和问题与段落的逐词比较各占一半组成。",
    ),
    "none": ("none", "无"),
    "from_character": (", from character {start:,}", "，从第 {start:,} 个字符起"),
    "first_prompt": ("First, whether the passages state the answer", "先问：段落中有没有答案"),
    "second_prompt": ("Then, the answer", "再问：答案是什么"),
    "not_asked_for": ("The answer itself was not asked for.", "没有再问答案。"),
    "n_documents": ("{n:,} document|{n:,} documents", "{n:,} 个文档"),
    "n_passages_best": ("{n:,} passage|{n:,} passages", "{n:,} 个段落"),
    "was_searched": ("Searched {where} for “{text}”.", "在 {where}中搜索了“{text}”。"),
    "was_searched_for": ("Searched for “{text}”.", "搜索了“{text}”。"),
    "still_shown": (
        "{n:,} of the {n_found:,} passages found can still be shown.",
        "找到的 {n_found:,} 个段落中，还能显示 {n:,} 个。",
    ),
    "prompts_not_kept": (
        "What was sent to the model is not kept with a conversation.",
        "发送给模型的内容不随对话保存。",
    ),
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
    "n_passages_help": (
        "How many passages are shown and kept with an answer. The best eight are read in any case.",
        "每个回答显示并保留多少个段落。最相关的八个段落总会被阅读。",
    ),
    "max_tokens": ("Length of answers", "回答长度"),
    "max_tokens_help": (
        "The most that the model writes; most answers are one or two sentences.",
        "模型最多写这么长；多数回答只有一两句。",
    ),
    "short_answers": ("Short: about {tokens} tokens", "短：约 {tokens} 个词元"),
    "usual_answers": ("Usual: about {tokens} tokens", "通常：约 {tokens} 个词元"),
    "long_answers": ("Long: about {tokens} tokens", "长：约 {tokens} 个词元"),
    "set_answers": ("As started: {tokens} tokens", "启动时设定：{tokens} 个词元"),
    "n_beside": ("Quoted beside the answer", "回答之外的引文"),
    "n_beside_help": (
        "Sentences of the documents that belong to the answer, too, where there are any; none beside answers to "
        "follow-up questions.",
        "文档中同样属于答案的句子（如果有的话）；追问的回答没有。",
    ),
    "none_beside": ("None", "不引用"),
    "one_beside": ("At most one", "最多一句"),
    "two_beside": ("At most two", "最多两句"),
    "language": ("Language", "语言"),
    "shortcuts": ("Keyboard shortcuts", "键盘快捷键"),
    "on": ("On", "开"),
    "off": ("Off", "关"),
    "model": ("Model", "模型"),
    "no_model": ("none", "无"),
    "loading_named": ("Loading the model {name}", "正在加载模型 {name}"),
    "answers_meanwhile": ("Until it is there, {name} answers.", "在此之前，由 {name} 回答。"),
    "usual_model": ("the usual one", "默认模型"),
    "trial_model": ("small and weak, for trying things out", "小而弱，仅供试用"),
    "megabytes": ("{n:,} MB", "{n:,} MB"),
    "model_here": ("on this machine", "已在这台机器上"),
    "model_not_here": ("not on this machine", "不在这台机器上"),
    "model_in_use": ("In use", "使用中"),
    "use_model": ("Use", "使用"),
    "use_model_named": ("Use the model {name}", "使用模型 {name}"),
    "fetch_model": ("Fetch {n:,} MB and use it", "下载 {n:,} MB 并使用"),
    "fetch_model_named": ("Fetch {n:,} MB and use the model {name}", "下载 {n:,} MB 并使用模型 {name}"),
    "not_fetched_here": ("Fetching is switched off.", "已关闭下载。"),
    "cancel_model": ("Cancel the change of the model", "取消更换模型"),
    "memory_short": (
        "{name} needs about {needed} of memory to be loaded, and beside {model} about {free} is free.",
        "加载 {name} 约需 {needed} 内存，而保留 {model} 时只剩约 {free}。",
    ),
    "memory_in_place": (
        "In its place it fits: {model} is let go first, and questions wait until {name} is there.",
        "可以取而代之：先释放 {model}，问题会等到 {name} 加载完成后再回答。",
    ),
    "memory_hardly": (
        "Without {model}, about {free} would be free: loading may fail, and {model} is loaded again then.",
        "即使释放 {model}，也只有约 {free}：加载可能失败，届时会重新加载 {model}。",
    ),
    "replace_model": ("Load it in place of {model}", "替换 {model} 并加载"),
    "for_everyone": (
        "The model is the same for everyone who uses this page. The one in use answers until another is loaded.",
        "使用此页面的所有人共用同一个模型。新模型加载完成之前，由当前模型回答。",
    ),
    "model_failed": ("{name} could not be loaded: {why}", "未能加载 {name}：{why}"),
    "model_answers": ("From now on, {name} answers.", "现在起由 {name} 回答。"),
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
    # The start, and a lost connection
    "fetching_hub": ("Fetching {name} from the Hub", "正在从 Hub 下载 {name}"),
    "fetching_registry": ("Fetching {name} from the package registry", "正在从软件包仓库下载 {name}"),
    "unpacking": ("Unpacking {name}", "正在解开 {name}"),
    "preparing": ("Preparing {name} for this machine, once", "正在为这台电脑准备 {name}，只需一次"),
    "reading_files": ("Reading the files", "正在读取文件"),
    "building_store": ("Making the documents searchable, passage by passage", "正在逐段建立文档索引"),
    "opening_documents": ("Opening the documents", "正在打开文档"),
    "loading_model": ("Loading the model", "正在加载模型"),
    "meanwhile": (
        "You can look at the documents meanwhile, and ask already: your question is answered as soon as this is done.",
        "在此期间可以查看文档，也可以先提问：完成后即会回答。",
    ),
    "add_later": (
        "Documents can be added as soon as those that are here can be searched.",
        "现有文档可以搜索之后，即可添加文档。",
    ),
    "not_yet": (
        "The documents cannot be searched yet; wait until they can, it is said above the text box how far it is.",
        "文档还不能搜索；请稍候，文本框上方显示进度。",
    ),
    "not_loaded": ("The model is not loaded yet; wait until it is.", "模型尚未加载；请稍候。"),
    "waits_for_model": ("Waiting until the model is loaded", "正在等待模型加载"),
    "open_again": ("Try again to load what is needed", "重试加载所需内容"),
    "lost": (
        "The connection to the program is lost. What you typed and what was written stay here; the page goes on by "
        "itself as soon as the program can be reached. If it was ended, start it again.",
        "与程序的连接已断开。你输入的内容和已写出的回答都会保留；程序恢复后，页面会自动继续。如果程序已结束，请重新启动。",
    ),
    "cut_off": (
        "The connection was lost, and the answer ends here. Try again.",
        "连接曾断开，回答到此为止。请重试。",
    ),
    "edit_left": (
        "You are not changing an earlier question any more: what you ask now comes at the end.",
        "现在已不在修改之前的问题：接下来的提问将排在最后。",
    ),
    "nothing_to_verify": (
        "No answer here has come to its end yet, so there is nothing that could be verified.",
        "这里还没有完成的回答，因此没有可供核验的内容。",
    ),
    "not_found_again": (
        "The program has not kept the conversation while the connection was lost; what you ask now begins a new one.",
        "连接中断期间，程序没有保留之前的对话；现在提问将开始新的对话。",
    ),
    "uploads_gone": (
        "The documents that you had added are gone: they are not kept for long while the connection is lost, and not "
        "when the program is started anew. Add them again to ask about them.",
        "你添加的文档已不在：连接中断时间较长或程序重新启动后不会保留。如需就其提问，请重新添加。",
    ),
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
    "other_page": (
        "{labels} stands in {document}, but not on the page that it was cited from.",
        "{labels} 仍在 {document} 中，但所在页码与引用时不同。",
    ),
    "unchecked": (
        "Whether its sources still stand is checked as soon as the documents are open.",
        "文档打开之后，会核对它的出处是否仍在原处。",
    ),
    "unchecked_source": (
        "The documents are not open yet; once they are, press the mark again.",
        "文档尚未打开；打开之后请再次点击此标记。",
    ),
    "has_changed": ("{document} has changed since this answer.", "{document} 在此回答之后有改动。"),
    "same_words": (
        "The very same words are marked where they stand in it now.|"
        "The very same words stand in it {n:,} times now; the place nearest to the old one is marked.",
        "完全相同的文字已在现在的位置标出。|完全相同的文字现在共有 {n:,} 处；已标出离原处最近的一处。",
    ),
    "words_not_there": (
        "These words do not stand in it now; below it is shown as it is.",
        "其中现在没有这些文字；下面显示它现在的样子。",
    ),
    "became": ("What has become of the source", "出处后来的变化"),
    "quoted_then": ("The words as they were quoted then", "当时引用的原文"),
    "back_to_list": ("Back to the list", "回到列表"),
    "back_to_answer": ("Back to the answer", "回到回答"),
    **EVALUATE_TEXTS,
}
"""By key: English, Chinese."""


class Told(Phrase):
    """A text in one language; `again` tells it in another, in which what was told before may still be shown."""

    again: Callable[[Texts], str]

    def __new__(cls, text: str, again: Callable[[Texts], str] = str) -> Told:
        """Return the text."""
        told = str.__new__(cls, text)
        told.template, told.values, told.again = text, {}, again
        return told


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language; called with a key, it returns the text with its values filled in.

    All that it returns is `Told`: once it has been kept, another language's `told` says it in that one.
    """

    language: Language = "en"

    def __call__(self, key: str, **values: object) -> str:
        """Return the text, as plain text. Raises KeyError where there is no such key."""
        text = TEXTS[key][get_args(Language).index(self.language)]
        one, _, many = text.partition("|")
        kept = {name: without_error(value) for name, value in values.items()}
        filled = (one if not many or values.get("n") == 1 else many).format(**self._in_words(kept))
        return Told(filled, lambda say: say(key, **kept))

    def told(self, said: object) -> str:
        """Return what another part of the program says, in this language; what is no phrase stays as it is."""
        phrase = said.phrase if isinstance(said, PhraseError) else said
        if isinstance(phrase, Told):
            return phrase.again(self)
        if not isinstance(phrase, Phrase):
            return str(phrase)
        known: Mapping[str, str] = {} if self.language == "en" else CHINESE
        template = known.get(phrase.template, phrase.template)
        filled = template.format(**self._in_words(phrase.values)) if phrase.values else template
        return Told(filled, lambda say: say.told(phrase))

    def _in_words(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values with what can be told in this language told in it."""
        return {name: self._in_word(value) for name, value in values.items()}

    def _in_word(self, value: object) -> object:
        if isinstance(value, list):
            return self("semicolon").join(self.told(one) for one in value)
        return self.told(value) if isinstance(value, (Phrase, PhraseError)) else value


ENGLISH = Texts("en")


def joined(told: Sequence[str], say: Texts) -> Told:
    """Return sentences one after the other; each is told anew in another language."""
    return Told(" ".join(map(say.told, told)), lambda other: joined(told, other))


def texts_of(language: str) -> Texts:
    """Return the texts of a language by its code, with or without a region; English where it is not known."""
    code = language.lower().partition("-")[0]
    return Texts("zh") if code == "zh" else ENGLISH
