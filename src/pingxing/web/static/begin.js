// A picture to begin with: dropped, pasted, chosen or fetched from one made here. It is looked at by the server as soon
// as it is there, so that a face is asked about, or a rule told of, before anything is made. Without this file the
// plain form sends it along.
"use strict";
(() => {
  const box = document.querySelector("#begin");
  if (!box) return;
  const form = box.closest("form");
  const $ = (selector, root = box) => root.querySelector(selector);
  const all = (selector, root = box) => [...root.querySelectorAll(selector)];
  const words = box.dataset;
  const fill = (text, blanks) => text.replace(/\{(\w+)\}/g, (_, name) => blanks[name] ?? "");
  const csrf = () => form.elements.csrf.value;
  const input = $("#picture"), begin = form.elements.begin, mask = form.elements.mask;
  const zone = $(".dropzone"), held = $(".held"), who = $(".who"), canvas = $(".thumb canvas"), slider = $(".strength");
  const THUMB = 480; // pixels of its longer side

  let file = null, bitmap = null, painting = null;
  let busy = false, wanted = false; // a wish was made while the picture was still being looked at
  let turn = 0; // of the pictures that were taken up: an answer about an older one means nothing any more
  const left = new Set(); // uploads put away while a job may still need them

  for (const part of all(".live-only", form)) part.hidden = false;
  for (const part of all(".without-script")) part.hidden = true;
  begin.value = ""; // a browser that goes back may have kept an answer to a question of before
  ask(false);
  strength();
  slider.hidden = held.hidden; // how much of nothing may change?

  // --- which model

  const radios = () => all('[name="model"]', form);
  function follow() {
    const model = radios().find((radio) => radio.checked);
    const known = (model?.dataset.samplers ?? "").split(" ");
    const sampler = form.elements.sampler;
    for (const option of sampler?.options ?? []) option.hidden = option.disabled = option.value !== "" && !known.includes(option.value);
    if (sampler?.selectedOptions[0]?.disabled) sampler.value = "";
    for (const part of all("[data-model]", form)) part.hidden = part.dataset.model !== model?.value;
    sizes(Number(model?.dataset.side) || 1024);
    if (model && !("begins" in model.dataset) && form.elements.size.value === "auto") shape(all('[name="shape"]', form)[0]);
    if (model && "begins" in model.dataset && file) shape($('[name="shape"][value="auto"]', form));
    if (model && !("masks" in model.dataset) && painting) unpaint();
  }
  // The shapes in the sizes that the model was made for.
  function sizes(side) {
    for (const radio of all('[name="shape"]', form)) {
      if (!radio.dataset.whole) continue;
      const was = radio.value;
      radio.value = radio.dataset.whole.split("x").map((one) => Math.max(64, Math.floor(one * side / 1024 / 64) * 64)).join("x");
      if (radio.checked && form.elements.size.value === was) form.elements.size.value = radio.value;
    }
  }
  function shape(radio) {
    if (!radio) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function able() { // pick a model that can begin with a picture, where the picked one cannot
    const picked = radios().find((radio) => radio.checked);
    if (picked && "begins" in picked.dataset) return;
    const other = radios().find((radio) => "begins" in radio.dataset && !radio.disabled);
    if (other) { other.checked = true; other.dispatchEvent(new Event("change", { bubbles: true })); }
  }
  form.addEventListener("change", (event) => { if (event.target.name === "model") follow(); });

  // --- taking a picture up

  input.addEventListener("change", () => { if (input.files[0]) adopt(input.files[0]); });
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    able();
    box.open = true;
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files[0]) adopt(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (pasted) { event.preventDefault(); adopt(pasted); }
  });

  async function adopt(taken, name = "") {
    able();
    box.open = true;
    const mine = (turn += 1);
    forget();
    if (!words.kinds.split(",").includes(taken.type)) return trouble(words.kind, "");
    if (taken.size > Number(words.most)) return trouble(words.large, "");
    let seen;
    try {
      seen = await createImageBitmap(taken);
    } catch {
      return mine === turn ? trouble(words.damaged, "") : undefined;
    }
    if (mine !== turn) return undefined;
    [file, bitmap] = [taken, seen];
    $(".held .name").textContent = name || taken.name;
    $(".held .dims").textContent = fill(words.size, { width: bitmap.width, height: bitmap.height });
    $(".thumb img")?.remove();
    draw();
    [zone.hidden, held.hidden, slider.hidden] = [true, false, false];
    shape($('[name="shape"][value="auto"]', form));
    return send();
  }

  async function send() {
    const mine = turn;
    const body = new FormData();
    const stated = $('[name="consent"]:checked')?.value;
    body.append("file", file, "picture");
    if (stated) { body.append("consent", stated); body.append("terms", form.elements.terms.value); }
    state(words.looking, true);
    let answer, told;
    try {
      answer = await fetch("/api/uploads", { method: "POST", body, headers: { "X-CSRF-Token": csrf(), "Accept-Language": document.documentElement.lang } });
      told = await answer.json();
    } catch {
      if (mine === turn) { state("", false); trouble(words.lost, ""); }
      return;
    }
    if (mine !== turn) {
      if (answer.ok) drop(told.id);
      return;
    }
    state(answer.ok ? words.taken : "", false);
    if (answer.ok) {
      begin.value = told.id;
      input.value = "";
      form.elements.receipt?.remove(); // the server need not take it up again
      trouble("", "");
      ask(false);
    } else if (["consent", "consent_unseen"].includes(told.reason)) {
      ask(true);
    } else {
      const stopped = file;
      put_away();
      trouble(told.title, told.detail);
      if (told.code === "refused") window.pingxingContest?.(stopped, told, $(".trouble"));
    }
    if (wanted && begin.value) form.requestSubmit();
    wanted = false;
  }

  who.addEventListener("change", () => { if (file && !begin.value && !busy) send(); });

  // A wish waits until its picture has been looked at. What has not been answered, the browser itself points at.
  document.addEventListener("submit", (event) => {
    if (event.target !== form || !busy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wanted = true;
  }, true);

  function ask(yes) {
    who.hidden = !yes;
    for (const radio of all('[name="consent"]')) { radio.required = yes; if (!file) radio.checked = false; }
    if (yes) who.querySelector("input[type=radio]").focus();
  }
  function state(text, working) {
    busy = working;
    held.classList.toggle("working", working);
    $(".held .state").textContent = text;
  }
  function trouble(title, hint) {
    const told = $(".trouble");
    told.hidden = !title;
    $("strong", told).textContent = title;
    $("span", told).textContent = hint;
  }

  // --- putting it away

  function forget() {
    if (begin.value) drop(begin.value);
    begin.value = input.value = mask.value = "";
    file = painting = null;
    bitmap?.close();
    bitmap = null;
    [zone.hidden, held.hidden, slider.hidden] = [false, true, true];
    form.elements.receipt?.remove();
    ask(false);
    trouble("", "");
    masked();
  }
  function put_away() {
    turn += 1;
    forget();
    state("", false);
    shape(all('[name="shape"]', form)[0]);
  }
  $("#put-away").addEventListener("click", () => {
    put_away();
    document.querySelector("#live").textContent = words.removed;
    input.focus();
  });
  // A job under way still reads its picture: it is deleted when none is.
  function drop(id) { left.add(id); sweep(); }
  function sweep() {
    if (document.querySelector("#wall .card .making progress, #wall .card[sse-connect], #wall .card[hx-trigger]")) return;
    for (const id of left) fetch(`/api/uploads/${id}`, { method: "DELETE", headers: { "X-CSRF-Token": csrf() }, keepalive: true }).catch(() => {});
    left.clear();
  }
  document.addEventListener("htmx:afterSettle", sweep);

  // --- the part that changes

  $("#paint").addEventListener("click", async () => {
    const done = await window.pingxingPaint(bitmap, painting);
    if (!done || !bitmap) return;
    painting = done.strokes.length ? done : null;
    const files = new DataTransfer();
    if (painting) files.items.add(new File([done.blob], "mask.png", { type: "image/png" }));
    mask.files = files.files;
    masked();
    $("#paint").focus();
  });
  $("#unpaint").addEventListener("click", () => { unpaint(); $("#paint").focus(); });
  function unpaint() {
    painting = null;
    mask.value = "";
    masked();
  }
  function masked() {
    $("#unpaint").hidden = !painting;
    $("#paint span").textContent = painting ? words.repaint : words.paint;
    if (painting && Number($("#strength").value) === 0.75) $("#strength").value = 1; // as the engine has it where nobody says
    if (bitmap) draw();
    strength();
  }
  function draw() {
    const scale = Math.min(1, THUMB / Math.max(bitmap.width, bitmap.height));
    canvas.hidden = false;
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    if (painting) painting.cover(context, canvas.width, canvas.height);
  }

  // --- how much

  form.addEventListener("input", (event) => { if (event.target.id === "strength") strength(); });
  function strength() {
    const part = Number($("#strength").value);
    $("#strength-said").textContent = `${Math.round(part * 100)} %`;
    const means = part < 0.4 ? words.slight : part < 0.7 ? words.some : part < 1 ? words.much : words.all;
    $("#strength-means").textContent = painting ? `${means} ${words.within}` : means;
  }

  // --- adapters: slider and number are one weight, and touching it switches the adapter on

  for (const line of all(".added li", form)) {
    const [box, slider, number] = [$("[type=checkbox]", line), $("[type=range]", line), $("[type=number]", line)];
    slider.addEventListener("input", () => { number.value = slider.value; box.checked = true; });
    number.addEventListener("input", () => { slider.value = number.value; box.checked = true; });
  }
  form.addEventListener("click", (event) => {
    const word = event.target.closest("[data-insert]")?.dataset.insert;
    if (!word) return;
    const prompt = form.elements.prompt;
    prompt.value = prompt.value.trim() ? `${prompt.value.trim()}, ${word}` : word;
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
    prompt.focus();
  });

  follow();
  if (words.from) {
    state(words.looking, true);
    const name = $(".held .name").textContent;
    fetch(words.from).then((answer) => answer.blob()).then((blob) => adopt(new File([blob], "picture", { type: blob.type }), name)).catch(() => state("", false));
  }
})();
