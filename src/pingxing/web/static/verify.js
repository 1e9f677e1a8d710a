// Many files at once on the verify page: each is a question of its own, answered in its own card.
// Pictures are shown from the reader's own disk; only the server's answer comes over the network.
"use strict";
(() => {
  const form = document.querySelector("#ask");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const answers = document.querySelector("#answer");
  const told = document.querySelector("#told");
  const words = told.dataset;
  const fill = (text, blanks) => text.replace(/\{(\w+)\}/g, (_, name) => blanks[name]);
  const waiting = [];
  let running = false, done = 0, all = 0;
  input.multiple = true;
  input.required = false;
  form.querySelector("#send").hidden = true;
  offer(answers);

  const take = (files) => {
    if (!files.length) return;
    if (!running) { answers.replaceChildren(); done = all = 0; }
    const room = Number(form.dataset.atOnce) - waiting.length;
    for (const file of [...files].slice(0, room)) {
      all += 1;
      waiting.push({ file, card: card(file) });
    }
    say(files.length > room ? words.many : "");
    if (!running) work();
  };

  input.addEventListener("change", () => take(input.files));
  form.addEventListener("submit", (event) => { event.preventDefault(); take(input.files); });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) { event.preventDefault(); take(files); }
  });
  document.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    take(event.dataTransfer.files);
  });

  async function work() {
    running = true;
    const counts = new Map();
    while (waiting.length) {
      const { file, card } = waiting.shift();
      const said = await ask(file, card);
      done += 1;
      counts.set(said, (counts.get(said) ?? 0) + 1);
      const sum = [...counts].map(([word, count]) => `${word} ${count}`).join(" · ");
      say(all > 1 ? fill(words.each, { done, all, sum }) : fill(words.one, { name: file.name, said }));
    }
    running = false;
    input.value = "";
  }

  // One file: its verdict's word, or the word for what could not be read.
  async function ask(file, card) {
    if (file.size > Number(form.dataset.most)) return fail(card, words.large, words.largeNext);
    for (let tries = 0; ; tries += 1) {
      const { status, text, wait } = await send(file, card);
      if (status === 429 && tries < 5) await pause(card, wait);
      else if (status === 0) return fail(card, words.lost, "", () => { waiting.push({ file, card: fresh(card, file) }); all += 1; if (!running) work(); });
      else return settle(card, text, file);
    }
  }

  function send(file, card) {
    return new Promise((answered) => {
      const request = new XMLHttpRequest(), line = card.querySelector("progress"), state = card.querySelector(".state");
      const body = new FormData();
      body.append("file", file, file.name);
      state.textContent = words.sends;
      request.upload.onprogress = (event) => { if (event.lengthComputable) line.value = event.loaded / event.total; };
      request.upload.onload = () => { line.removeAttribute("value"); state.textContent = words.looks; };
      request.onload = () => answered({ status: request.status, text: request.responseText, wait: Number(request.getResponseHeader("Retry-After")) || 60 });
      request.onerror = () => answered({ status: 0, text: "", wait: 0 });
      request.open("POST", form.action);
      request.setRequestHeader("HX-Request", "true"); // the answer alone, not the page around it
      request.send(body);
    });
  }

  async function pause(card, seconds) {
    const state = card.querySelector(".state");
    for (let left = seconds; left > 0; left -= 1) {
      state.textContent = fill(words.pause, { seconds: left });
      await new Promise((later) => { setTimeout(later, 1000); });
    }
  }

  function card(file) {
    const made = document.createElement("article");
    const name = document.createElement("h2"), line = document.createElement("progress"), state = document.createElement("p");
    made.className = "sheet answer asked";
    name.className = "of";
    name.textContent = file.name;
    line.max = 1;
    line.value = 0;
    line.setAttribute("aria-label", file.name);
    state.className = "state small muted";
    state.textContent = words.waits;
    made.append(name, line, state);
    answers.append(made);
    picture(made, file);
    return made;
  }

  function fresh(old, file) {
    const made = card(file);
    old.replaceWith(made);
    return made;
  }

  function settle(old, html, file) {
    const holder = document.createElement("template");
    holder.innerHTML = html; // ours, with everything of the file's escaped
    const made = holder.content.querySelector(".answer");
    if (!made) {
      const said = holder.content.querySelector("h3")?.textContent.trim(), next = holder.content.querySelector("p")?.textContent;
      return fail(old, said || words.lost, next || "");
    }
    if (all > 1) for (const part of made.querySelectorAll("details[open]")) part.open = false; // many: verdicts first
    const thumb = old.querySelector(".thumb");
    if (thumb) { made.classList.add("pictured"); made.prepend(thumb); } else old.becomes = made;
    old.replaceWith(made);
    offer(made);
    return made.dataset.said;
  }

  function fail(made, said, next, again) {
    const title = document.createElement("p"), hint = document.createElement("p");
    title.textContent = said;
    hint.className = "small muted";
    hint.textContent = next;
    made.classList.add("failed");
    made.querySelector("progress")?.remove();
    made.querySelector(".state")?.replaceWith(title, hint);
    if (again) {
      const button = document.createElement("button");
      button.className = "button";
      button.type = "button";
      button.textContent = words.again;
      button.addEventListener("click", again, { once: true });
      made.append(button);
    }
    return words.failed;
  }

  // A small picture of the reader's own file, drawn here: nothing is fetched, so nothing can be kept elsewhere.
  async function picture(made, file) {
    if (!file.type.startsWith("image/") || file.size > 40e6) return;
    try {
      const image = await createImageBitmap(file);
      const side = 192 / Math.max(image.width, image.height), thumb = document.createElement("canvas");
      thumb.width = Math.max(1, Math.round(image.width * side));
      thumb.height = Math.max(1, Math.round(image.height * side));
      thumb.className = "thumb";
      thumb.setAttribute("aria-hidden", "true");
      thumb.getContext("2d").drawImage(image, 0, 0, thumb.width, thumb.height);
      image.close();
      const place = made.becomes ?? made;
      place.classList.add("pictured");
      place.prepend(thumb);
    } catch {
      made.classList.remove("pictured"); // a kind that browsers do not draw: the card does without
    }
  }

  function say(text) {
    told.hidden = !text;
    told.textContent = text;
  }

  // The plain text of an answer can be copied, also where the browser keeps its clipboard for https.
  function offer(root) {
    for (const button of root.querySelectorAll("button.copies")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const text = button.parentElement.querySelector("pre");
        if (navigator.clipboard) await navigator.clipboard.writeText(text.textContent);
        else { getSelection().selectAllChildren(text); document.execCommand("copy"); }
        button.querySelector("span").textContent = button.dataset.done;
      });
    }
  }
})();
