// Adjusting a scene: grips over the picture, and one panel for the thing that is picked. The form's own fields
// are the state; this only writes into them, shows them, and can take steps back. Without it, the form is the page.
"use strict";
(() => {
  const form = document.querySelector("form.editor");
  if (!form) return;
  const $ = (selector, root = form) => root.querySelector(selector);
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const say = (key, blanks) => form.dataset[key].replace(/\{(\w+)\}/g, (_, name) => blanks[name] ?? "");
  const live = document.querySelector("#live");
  const stage = $("#stage");
  const round = (value, digits = 2) => Number(value.toFixed(digits));
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  class Thing {
    constructor(fieldset) {
      this.fieldset = fieldset;
      this.number = Number(fieldset.dataset.number);
      this.box = fieldset.dataset.box.split(" ").map(Number); // as drawn now
      this.first = fieldset.dataset.first.split(" ").map(Number); // as the prompt placed it
      this.drawn = fieldset.dataset.drawn === "yes";
      this.field = (name) => form.elements[`${name}-${this.number}`];
      this.start = this.state;
    }
    get concept() { return $(`[name="concept-${this.number}"]:checked`)?.value ?? this.fieldset.dataset.concept; }
    get name() {
      const sense = $(`[name="concept-${this.number}"]:checked`)?.parentElement.textContent.trim();
      return sense && this.concept !== this.fieldset.dataset.concept ? sense : this.fieldset.dataset.name;
    }
    get colour() { return this.field("colour").value; }
    get scale() { return Number(this.field("scale").value) / 100; }
    get removed() { return this.field("remove").checked; }
    get middle() {
      const [x, y, w, h] = this.first;
      const typed = (name, otherwise) => (this.field(name).value === "" ? otherwise : clamp(Number(this.field(name).value) / 100, 0, 1));
      return [typed("x", x + w / 2), typed("y", y + h / 2)];
    }
    get state() {
      return { concept: this.concept, colour: this.colour, scale: this.field("scale").value, x: this.field("x").value, y: this.field("y").value, removed: this.removed };
    }
    set state(past) {
      for (const radio of all(`[name="concept-${this.number}"]`)) radio.checked = radio.value === past.concept;
      this.paint(past.colour);
      this.field("scale").value = past.scale;
      this.field("x").value = past.x;
      this.field("y").value = past.y;
      this.field("remove").checked = past.removed;
    }
    get changed() { return JSON.stringify(this.state) !== JSON.stringify(this.start); }
    get moved() { return this.state.x !== this.start.x || this.state.y !== this.start.y; }
    // Where it will stand: as drawn, then scaled about its middle, then moved.
    get place() {
      let [x, y, w, h] = this.box;
      const factor = this.scale / (Number(this.start.scale) / 100);
      [x, y, w, h] = [x + (w - w * factor) / 2, this.moved ? y : y + (h - h * factor), w * factor, h * factor];
      if (this.moved) {
        const [mx, my] = this.middle;
        [x, y] = [mx - w / 2, my - h / 2];
      }
      return [x, y, w, h];
    }
    get art() {
      const query = new URLSearchParams({ style: form.dataset.style, model: form.dataset.model });
      const paint = this.colour || this.fieldset.dataset.own;
      if (paint) query.set("colour", paint);
      if (this.fieldset.dataset.looks) query.set("looks", this.fieldset.dataset.looks);
      return `/things/${this.concept}.svg?${query}`;
    }
    paint(colour) {
      const select = this.field("colour");
      if (colour && ![...select.options].some((option) => option.value === colour)) select.add(new Option(colour, colour));
      select.value = colour;
    }
    moveTo(mx, my) {
      this.field("x").value = round(clamp(mx, 0, 1) * 100);
      this.field("y").value = round(clamp(my, 0, 1) * 100);
    }
    // What is different from the picture, in words.
    get words() {
      if (!this.changed) return "";
      if (this.removed) return this.start.removed ? "" : say("removed", { name: this.name });
      const said = [];
      if (this.start.removed) said.push(say("kept", {}));
      if (this.concept !== this.start.concept) said.push(say("became", { name: this.name }));
      if (this.colour !== this.start.colour) said.push(say("painted", { colour: this.field("colour").selectedOptions[0].textContent }));
      if (this.state.scale !== this.start.scale) said.push(say("scaled", { size: Math.round(this.scale * 100) }));
      if (this.moved) said.push(say("moved", { x: Math.round(this.middle[0] * 100), y: Math.round(this.middle[1] * 100) }));
      return say("line", { name: this.fieldset.dataset.name, changes: said.join(form.dataset.comma) });
    }
  }

  const things = all("fieldset.thing").map((fieldset) => new Thing(fieldset));
  const past = [];
  let before = null; // the state before the change that is being made
  let picked = null;
  let lately = -Infinity; // when an arrow key last moved something: held down, it is one step to take back

  for (const part of all(".live-only")) part.hidden = false;
  form.classList.add("live");

  // --- what stands over the picture and beside it, made once

  const layer = document.createElement("div");
  layer.className = "grips";
  stage.append(layer);
  for (const thing of [...things].sort((a, b) => Number(a.fieldset.dataset.z) - Number(b.fieldset.dataset.z))) {
    thing.veil = document.createElement("span");
    thing.veil.className = "veil";
    layer.append(thing.veil);
    place(thing.veil, thing.box);
  }
  for (const thing of [...things].sort((a, b) => Number(a.fieldset.dataset.z) - Number(b.fieldset.dataset.z))) {
    thing.grip = document.createElement("button");
    thing.grip.type = "button";
    thing.grip.className = thing.fieldset.dataset.flipped ? "grip flipped" : "grip";
    thing.grip.append(document.createElement("img"));
    thing.grip.firstChild.alt = "";
    thing.grip.firstChild.draggable = false;
    layer.append(thing.grip);
    thing.grip.addEventListener("focus", () => pick(thing));
    thing.grip.addEventListener("pointerdown", (event) => drag(event, thing));
    thing.grip.addEventListener("keydown", (event) => keys(event, thing));
  }
  for (const thing of things) {
    thing.chip = document.createElement("button");
    thing.chip.type = "button";
    thing.chip.className = "chip thing-chip";
    const art = document.createElement("img");
    art.alt = "";
    art.width = art.height = 24;
    thing.chip.append(art, document.createElement("span"));
    $(".picked-row").append(thing.chip);
    thing.chip.addEventListener("click", () => pick(thing));

    const swatches = document.querySelector("#swatches").content.cloneNode(true).firstElementChild;
    $(".paint", thing.fieldset).after(swatches);
    $(".paint", thing.fieldset).hidden = true;
    const buttons = all("button", swatches); // one of them is in the order of Tab, arrows lead to the others
    swatches.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) change(thing, () => thing.paint(button.dataset.paint));
    });
    swatches.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const at = buttons.indexOf(event.target);
      if (!step || at < 0) return;
      event.preventDefault();
      const next = buttons[(at + step + buttons.length) % buttons.length];
      change(thing, () => thing.paint(next.dataset.paint));
      next.focus();
    });
    $("input[type=color]", swatches).addEventListener("change", (event) => change(thing, () => thing.paint(event.target.value)));
    thing.swatches = swatches;

    const finder = document.querySelector("#finder").content.cloneNode(true).firstElementChild;
    $(".senses", thing.fieldset).append(finder);
    find($("input", finder), thing);
  }

  // --- picking

  function pick(thing) {
    if (picked === thing) return;
    picked = thing;
    for (const one of things) {
      one.fieldset.hidden = one !== thing;
      one.grip.setAttribute("aria-pressed", String(one === thing));
      one.chip.setAttribute("aria-pressed", String(one === thing));
    }
  }

  // --- showing

  function place(element, [x, y, w, h]) {
    element.style.left = `${x * 100}%`;
    element.style.top = `${y * 100}%`;
    element.style.width = `${w * 100}%`;
    element.style.height = `${h * 100}%`;
  }

  function show(thing) {
    const anew = thing.changed || !thing.drawn;
    place(thing.grip, thing.place);
    thing.veil.hidden = !(thing.changed && thing.drawn);
    thing.grip.classList.toggle("anew", anew && !thing.removed);
    thing.grip.classList.toggle("gone", thing.removed);
    const art = thing.grip.firstChild;
    if (anew && !thing.removed) { if (art.getAttribute("src") !== thing.art) art.src = thing.art; }
    thing.grip.setAttribute("aria-label", thing.words || thing.fieldset.dataset.name);
    thing.chip.classList.toggle("gone", thing.removed);
    if (thing.chip.firstChild.getAttribute("src") !== thing.art) thing.chip.firstChild.src = $(".head img", thing.fieldset).src = thing.art;
    thing.chip.lastChild.textContent = thing.name;
    $(".amount", thing.fieldset).textContent = `${Math.round(thing.scale * 100)} %`;
    const known = all("button", thing.swatches);
    for (const button of known) {
      const on = button.dataset.paint === thing.colour;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    }
    const own = !known.some((button) => button.dataset.paint === thing.colour);
    $(".any", thing.swatches).classList.toggle("on", own);
    if (own) { $(".any input", thing.swatches).value = thing.colour; known[0].tabIndex = 0; }
  }

  function showAll() {
    for (const thing of things) show(thing);
    const words = things.map((thing) => thing.words).filter(Boolean);
    const list = $("#changes");
    list.replaceChildren(...(words.length ? words : [form.dataset.nothing]).map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      item.className = words.length ? "" : "muted";
      return item;
    }));
    $("button.primary").disabled = !words.length;
    $("#undo").disabled = !past.length;
    $("#reset").disabled = !words.length;
  }

  // --- changing, and taking back

  const states = () => things.map((thing) => thing.state);
  function restore(then) { things.forEach((thing, i) => { thing.state = then[i]; }); showAll(); }
  function keep(then) {
    if (JSON.stringify(then) === JSON.stringify(states())) return;
    past.push(then);
    if (past.length > 200) past.shift();
  }
  function change(thing, act) {
    const then = states();
    act();
    keep(then);
    showAll();
    if (live) live.textContent = thing.words;
  }
  form.addEventListener("focusin", () => { before = states(); });
  form.addEventListener("input", (event) => { if (event.target.closest("fieldset.thing") && event.target.name) showAll(); });
  form.addEventListener("change", (event) => {
    const own = event.target.closest("fieldset.thing");
    if (!own || !event.target.name) return;
    event.target.closest(".found")?.classList.remove("found"); // chosen once, it stays on offer
    if (before) keep(before);
    before = states();
    showAll();
    if (live) live.textContent = things.find((thing) => thing.fieldset === own).words;
  });
  $("#undo").addEventListener("click", undo);
  $("#reset").addEventListener("click", () => { const then = states(); restore(things.map((thing) => thing.start)); keep(then); showAll(); });
  function undo() {
    if (!past.length) return;
    restore(past.pop());
    before = states();
    if (live) live.textContent = form.dataset.undone;
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input[type=text], input[type=number]");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey && !typing) { event.preventDefault(); undo(); }
  });

  function keys(event, thing) {
    const step = event.shiftKey ? 0.05 : 0.01;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (way) {
      event.preventDefault();
      const [x, y, w, h] = thing.place;
      const then = states();
      thing.moveTo(x + w / 2 + way[0], y + h / 2 + way[1]);
      if (event.timeStamp - lately > 800) keep(then);
      lately = event.timeStamp;
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      const then = states();
      thing.field("remove").checked = !thing.removed;
      keep(then);
    } else if (event.key === "+" || event.key === "-" || event.key === "=") {
      event.preventDefault();
      const then = states();
      const field = thing.field("scale");
      field.value = Number(field.value) + (event.key === "-" ? -5 : 5);
      keep(then);
    } else return;
    showAll();
    if (live) live.textContent = thing.words;
  }

  function drag(event, thing) {
    if (event.button !== 0) return;
    pick(thing);
    const frame = stage.getBoundingClientRect();
    const [x, y, w, h] = thing.place;
    const then = states();
    let begun = false;
    const move = (moved) => {
      const [dx, dy] = [moved.clientX - event.clientX, moved.clientY - event.clientY];
      if (!begun && Math.hypot(dx, dy) < 4) return;
      begun = true;
      layer.classList.add("dragging");
      thing.moveTo(x + w / 2 + dx / frame.width, y + h / 2 + dy / frame.height);
      show(thing);
    };
    const end = (ended) => {
      thing.grip.removeEventListener("pointermove", move);
      for (const kind of ["pointerup", "pointercancel"]) thing.grip.removeEventListener(kind, end);
      layer.classList.remove("dragging");
      if (!begun) return;
      if (ended.type === "pointercancel") restore(then);
      else { keep(then); showAll(); if (live) live.textContent = thing.words; }
    };
    thing.grip.setPointerCapture(event.pointerId);
    thing.grip.addEventListener("pointermove", move);
    for (const kind of ["pointerup", "pointercancel"]) thing.grip.addEventListener(kind, end);
  }

  // --- any other thing, by name

  function find(input, thing) {
    let waiting = 0;
    let asked = "";
    const note = document.createElement("p");
    note.className = "small muted";
    note.hidden = true;
    input.closest(".finder").append(note);
    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 180); });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); clearTimeout(waiting); ask(); } });
    async function ask() {
      const words = asked = input.value.trim();
      for (const found of all(".found", thing.fieldset)) if (!$("input", found).checked) found.remove();
      note.hidden = true;
      if (!words) return;
      const answer = await fetch(`/things?${new URLSearchParams({ q: words, model: form.dataset.model })}`);
      if (!answer.ok || asked !== words) return;
      const known = new Set(all(`[name="concept-${thing.number}"]`).map((radio) => radio.value));
      const fresh = (await answer.json()).filter((prop) => !known.has(prop.concept));
      $(".pick", thing.fieldset).append(...fresh.map((prop) => sense(thing, prop)));
      note.hidden = fresh.length > 0;
      note.textContent = form.dataset.none;
    }
  }
  function sense(thing, prop) {
    const label = document.createElement("label");
    label.className = "found";
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: `concept-${thing.number}`, value: prop.concept });
    const face = Object.assign(document.createElement("span"), { className: "face" });
    const art = Object.assign(document.createElement("img"), { src: `/things/${prop.concept}.svg?${new URLSearchParams({ style: form.dataset.style })}`, width: 44, height: 44, alt: "" });
    face.append(art, Object.assign(document.createElement("span"), { textContent: prop.name }));
    label.append(radio, face);
    return label;
  }

  // --- the new picture's page, as soon as it is there

  const made = document.querySelector("#made");
  new MutationObserver(() => {
    const link = made.querySelector("a.art");
    if (link) location.assign(link.href);
    else if (made.firstElementChild) made.firstElementChild.scrollIntoView({ block: "nearest" });
  }).observe(made, { childList: true, subtree: true });

  const asked = things.find((thing) => `#${thing.fieldset.id}` === location.hash); // a word's thing, from its page
  if (things.length) pick(asked ?? things[0]);
  showAll();
})();
