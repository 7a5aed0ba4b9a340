// Runs before everything else. Gradio answers a lost connection by doing nothing any more and loading the page anew,
// which loses what was typed; here what it sends meanwhile comes to nothing, and it goes on when the server is back.
(() => {
  const real = window.fetch.bind(window);
  const unfinished = new Set(); // events whose end has not come
  const streams = new Set();
  const PAUSE_MS = 1000, PATIENCE_MS = 5000, SILENCE_MS = 10_000;
  let lost = false, leaving = false, running = null, made = 0;

  const addressOf = (input) => new URL(input instanceof Request ? input.url : input, document.baseURI);
  const methodOf = (input, init) => init?.method ?? (input instanceof Request ? input.method : "GET");
  const json = (value) => new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } });
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  const read = async (name, patience_ms) => {
    const signal = AbortSignal.timeout(patience_ms);
    const answer = await real(new URL(name, document.baseURI), { cache: "no-store", signal });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  };
  const whoRuns = async (patience_ms = PATIENCE_MS) => (await read("gradio_api/app_id", patience_ms)).app_id;
  const sameParts = async () => {
    const shape = ({ dependencies }) => JSON.stringify(dependencies.map(({ id, targets, outputs }) => [id, targets, outputs]));
    return shape(await read("config", SILENCE_MS)) === shape(window.gradio_config);
  };
  const lose = async () => {
    if (lost || leaving) return;
    lost = true;
    tell("connection-lost");
    for (const stream of streams) stream.abort();
    while (lost) {
      await pause(PAUSE_MS);
      try {
        const now = await whoRuns();
        if (now !== running && !(await sameParts())) return location.reload(); // the page itself is another one now
        running = now;
        lost = false;
      } catch { /* not yet */ }
    }
    tell("connection-back");
  };

  // What is asked for may take long. Where nothing comes, the server is asked for its name, which it always has at hand.
  const heard = async (input, init) => {
    const silent = new AbortController();
    const ask = () => whoRuns(SILENCE_MS).catch(() => silent.abort(new Error("silence")));
    const asking = setInterval(ask, SILENCE_MS);
    const signal = AbortSignal.any([silent.signal, ...[init?.signal, input.signal].filter(Boolean)]);
    try { return await real(input, { ...init, signal }); } finally { clearInterval(asking); }
  };

  // A request that changes something is never sent twice: whether it came through is seen when the server is back.
  const send = async (address, input, init) => {
    const joins = address.pathname.endsWith("/queue/join");
    if (!lost) {
      try {
        const answer = await heard(input, init);
        if (!answer.ok) tell("not-done", answer.status);
        if (joins && answer.ok) unfinished.add((await answer.clone().json()).event_id);
        return answer;
      } catch (error) {
        if (error.name === "AbortError") throw error;
        lose();
      }
    }
    if (!joins) return json({ data: [] });
    const id = `lost-${++made}`;
    unfinished.add(id);
    return json({ event_id: id });
  };

  const ended = (event_id) => {
    const output = { data: [], is_generating: false, duration: 0, average_duration: 0, render_config: null, changed_state_ids: [] };
    return { msg: "process_completed", event_id, output, success: true };
  };
  const line = (message) => new TextEncoder().encode(`data: ${JSON.stringify(message)}\n\n`);
  const note = (text) => {
    for (const [, data] of text.matchAll(/^data: (.*)$/gm)) {
      try {
        const { msg, event_id, success } = JSON.parse(data);
        if (msg === "process_completed" && success === false) tell("not-done", 500);
        if (msg === "process_completed" || msg === "unexpected_error") unfinished.delete(event_id);
        if (msg === "close_stream") return true;
      } catch { /* half a line: an end that is noted late does no harm */ }
    }
    return false;
  };
  const followed = async (input, init, cut, forward) => {
    const signal = AbortSignal.any([cut.signal, ...[init?.signal, input.signal].filter(Boolean)]);
    const answer = await real(input, { ...init, signal });
    if (!answer.ok) throw new Error(answer.status);
    const reader = answer.body.getReader(), decoder = new TextDecoder();
    let tail = "", closed = false;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return closed;
      forward(value);
      tail += decoder.decode(value, { stream: true });
      const whole = tail.lastIndexOf("\n") + 1;
      closed = note(tail.slice(0, whole)) || closed;
      tail = tail.slice(whole);
    }
  };
  const listen = (input, init, keepOpen) => {
    const own = input.signal ?? init?.signal;
    const pump = async (controller) => {
      const forward = (chunk) => { if (!own?.aborted) controller.enqueue(chunk); };
      while (!own?.aborted) {
        const cut = new AbortController();
        streams.add(cut);
        let closed = false;
        try { closed = !lost && (await followed(input, init, cut, forward)); } catch { /* as good as ended */ }
        streams.delete(cut);
        if (own?.aborted) break;
        if (closed && !keepOpen) break;
        lose();
        await pause(100);
        if (keepOpen) {
          while (lost && !own?.aborted) await pause(100);
          continue;
        }
        for (const id of unfinished) forward(line(ended(id)));
        unfinished.clear();
        forward(line({ msg: "close_stream" }));
        break;
      }
      try { controller.close(); } catch { /* whoever listened has gone */ }
    };
    const body = new ReadableStream({ start: (controller) => { pump(controller); } });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };

  window.fetch = async (input, init) => {
    const address = addressOf(input);
    if (address.origin !== location.origin || !address.pathname.includes("/gradio_api/")) return real(input, init);
    running ??= window.gradio_config?.app_id ?? null;
    if (address.pathname.endsWith("/queue/data")) return listen(input, init, false);
    if (address.pathname.includes("/heartbeat/")) return listen(input, init, true);
    const sends = methodOf(input, init) === "POST" && /\/queue\/join$|\/run\//.test(address.pathname);
    return sends ? send(address, input, init) : real(input, init);
  };
  addEventListener("beforeunload", () => { leaving = true; setTimeout(() => { leaving = false; }, PATIENCE_MS); });
  addEventListener("pagehide", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("offline", () => whoRuns().catch(lose)); // the server may be on this machine
})();
