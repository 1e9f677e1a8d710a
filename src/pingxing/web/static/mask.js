// The mask painter. What is painted is kept as strokes in the picture's own pixels, so that taking back is playing them
// again without the last, and the mask that is sent has the picture's size whatever the window's is.
//
//   pingxingPaint(bitmap, earlier) -> Promise of null (cancelled) or { strokes, blob, cover(context, width, height) }
//
// The blob is a PNG: white where the picture is to be made anew, black where it stays.
"use strict";
(() => {
  const dialog = document.querySelector("#painter");
  if (!dialog) return;
  const $ = (selector) => dialog.querySelector(selector);
  const words = dialog.dataset;
  const fill = (text, blanks) => text.replace(/\{(\w+)\}/g, (_, name) => blanks[name] ?? "");
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const easel = $(".easel"), area = $("#painting"), under = $(".under"), over = $(".over"), cursor = $(".cursor");
  const brush = $("#brush"), live = $("#painter-live");
  const LARGEST = 1600; // pixels of the longer side that is painted on; the strokes themselves are exact
  const MOST_ZOOM = 8;
  const work = document.createElement("canvas"); // what is painted, as alpha

  let picture = null, scale = 1, zoom = 1, erasing = false;
  let done = [], undone = [], stroke = null, penDown = false;
  let at = [0, 0]; // where the brush is, in pixels of the picture
  let draft = null; // what was painted when the dialog was cancelled, and over which picture
  let settle = null, telling = 0;

  // --- strokes

  const size = () => (Number(brush.value) / 100) * Math.min(picture.width, picture.height);
  // `inks` are what paints and what erases: opaque and nothing on the layer that is seen, white and black in the mask.
  function play(context, action, factor, inks, from = 0) {
    const { width, height } = context.canvas;
    context.save();
    if (action.kind === "clear") {
      inks.wipe(context, width, height);
    } else if (action.kind === "invert") {
      context.globalCompositeOperation = inks.turn;
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
    } else {
      [context.globalCompositeOperation, context.strokeStyle] = action.erase ? inks.erase : inks.paint;
      context.lineCap = context.lineJoin = "round";
      context.lineWidth = action.size * factor;
      context.beginPath();
      const points = action.points.slice(Math.max(0, from - 1));
      context.moveTo(points[0][0] * factor, points[0][1] * factor);
      for (const [x, y] of points.slice(points.length > 1 ? 1 : 0)) context.lineTo(x * factor, y * factor);
      context.stroke();
    }
    context.restore();
  }
  const LAYER = { paint: ["source-over", "#fff"], erase: ["destination-out", "#fff"], turn: "source-out", wipe: (c, w, h) => c.clearRect(0, 0, w, h) };
  const FILE = { paint: ["source-over", "#fff"], erase: ["source-over", "#000"], turn: "difference", wipe: (c, w, h) => { c.fillStyle = "#000"; c.fillRect(0, 0, w, h); } };

  function layer(actions, width, height, from) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    for (const action of actions) play(canvas.getContext("2d"), action, width / from, LAYER);
    return canvas;
  }
  // Stripes in jade and white: seen on any picture.
  function tint(context, painted) {
    const jade = getComputedStyle(document.documentElement).getPropertyValue("--jade").trim();
    const tile = document.createElement("canvas");
    tile.width = tile.height = 12;
    const ink = tile.getContext("2d");
    ink.globalAlpha = 0.7;
    ink.fillStyle = jade;
    ink.fillRect(0, 0, 12, 12);
    ink.globalAlpha = 0.75;
    ink.strokeStyle = "#fff";
    ink.lineWidth = 1.5;
    for (const shift of [-12, 0, 12]) { ink.beginPath(); ink.moveTo(shift, 12); ink.lineTo(shift + 12, 0); ink.stroke(); }
    const veil = document.createElement("canvas");
    [veil.width, veil.height] = [context.canvas.width, context.canvas.height];
    const pen = veil.getContext("2d");
    pen.drawImage(painted, 0, 0, veil.width, veil.height);
    pen.globalCompositeOperation = "source-in";
    pen.fillStyle = pen.createPattern(tile, "repeat");
    pen.fillRect(0, 0, veil.width, veil.height);
    context.drawImage(veil, 0, 0);
  }
  function share() {
    const small = document.createElement("canvas");
    small.width = small.height = 64;
    const context = small.getContext("2d", { willReadFrequently: true });
    context.drawImage(work, 0, 0, 64, 64);
    const { data } = context.getImageData(0, 0, 64, 64);
    let sum = 0;
    for (let i = 3; i < data.length; i += 4) sum += data[i];
    return sum / (64 * 64 * 255);
  }

  let asked = false;
  function show() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      const context = over.getContext("2d");
      context.clearRect(0, 0, over.width, over.height);
      tint(context, work);
    });
  }
  function again() {
    const context = work.getContext("2d");
    context.clearRect(0, 0, work.width, work.height);
    for (const action of done) play(context, action, scale, LAYER);
    changed();
  }
  function changed() {
    show();
    $('[data-do="undo"]').disabled = done.length === 0;
    $('[data-do="redo"]').disabled = undone.length === 0;
    const part = share();
    const shown = part > 0 && part < 0.01 ? "< 1" : Math.round(part * 100);
    $(".share").textContent = fill(words.share, { share: shown });
  }
  function act(action) {
    done.push(action);
    undone = [];
    play(work.getContext("2d"), action, scale, LAYER);
    changed();
  }
  function begin(point, erase) {
    stroke = { kind: "stroke", erase, size: size(), points: [point] };
    play(work.getContext("2d"), stroke, scale, LAYER);
    show();
  }
  function extend(points) {
    const from = stroke.points.length;
    stroke.points.push(...points);
    play(work.getContext("2d"), stroke, scale, LAYER, from);
    show();
  }
  function end() {
    if (!stroke) return;
    done.push(stroke);
    undone = [];
    stroke = null;
    changed();
  }
  function abandon() { if (stroke) { stroke = null; again(); } }

  // --- the view

  const fitting = () => Math.min(easel.clientWidth / picture.width, easel.clientHeight / picture.height);
  function lay(next = zoom, focus = null) {
    const before = area.clientWidth / picture.width;
    const [left, top] = focus ?? [easel.clientWidth / 2, easel.clientHeight / 2];
    const held = [(easel.scrollLeft + left - area.offsetLeft) / before, (easel.scrollTop + top - area.offsetTop) / before];
    zoom = clamp(next, 1, MOST_ZOOM);
    const now = fitting() * zoom;
    area.style.width = `${Math.floor(picture.width * now)}px`;
    area.style.height = `${Math.floor(picture.height * now)}px`;
    if (before) {
      easel.scrollLeft = held[0] * now + area.offsetLeft - left;
      easel.scrollTop = held[1] * now + area.offsetTop - top;
    }
    $("output.zoom").textContent = `${Math.round(zoom * 100)} %`;
    point();
  }
  function point() {
    const now = area.clientWidth / picture.width;
    const wide = Math.max(6, size() * now);
    cursor.style.width = cursor.style.height = `${wide}px`;
    cursor.style.translate = `${at[0] * now - wide / 2}px ${at[1] * now - wide / 2}px`;
    cursor.classList.toggle("down", penDown);
  }
  function where(event) {
    const box = area.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * picture.width, ((event.clientY - box.top) / box.height) * picture.height];
  }
  function say(text, now = true) {
    clearTimeout(telling);
    if (now) live.textContent = text;
    else telling = setTimeout(() => { live.textContent = text; }, 400);
  }

  // --- mouse, pen, touch: one finger paints, two move and zoom

  const touching = new Map();
  let pinch = null;
  area.addEventListener("contextmenu", (event) => event.preventDefault());
  area.addEventListener("pointerdown", (event) => {
    if (event.button > 0 && event.button !== 2 && event.button !== 5) return;
    event.preventDefault();
    area.focus({ preventScroll: true });
    area.setPointerCapture(event.pointerId);
    touching.set(event.pointerId, event);
    penDown = false;
    at = where(event);
    if (touching.size === 2) {
      abandon();
      pinch = span();
    } else if (touching.size === 1) {
      begin(at, erasing || event.button === 2 || event.button === 5); // right button and the pen's other end erase
    }
    point();
  });
  area.addEventListener("pointermove", (event) => {
    if (touching.has(event.pointerId)) touching.set(event.pointerId, event);
    if (pinch && touching.size === 2) {
      const now = span();
      easel.scrollLeft -= now.x - pinch.x;
      easel.scrollTop -= now.y - pinch.y;
      const box = easel.getBoundingClientRect();
      lay((zoom * now.apart) / pinch.apart, [now.x - box.left, now.y - box.top]);
      pinch = now;
      return;
    }
    if (penDown) return;
    at = where(event);
    if (stroke && touching.has(event.pointerId)) {
      const passed = event.getCoalescedEvents?.() ?? [];
      extend((passed.length ? passed : [event]).map(where));
    }
    point();
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    area.addEventListener(kind, (event) => {
      touching.delete(event.pointerId);
      if (touching.size < 2) pinch = null;
      if (kind === "pointercancel") abandon();
      else end();
    });
  }
  function span() {
    const [one, two] = [...touching.values()];
    return { x: (one.clientX + two.clientX) / 2, y: (one.clientY + two.clientY) / 2, apart: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY) || 1 };
  }
  easel.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // without, it scrolls
    event.preventDefault();
    const box = easel.getBoundingClientRect();
    lay(zoom * Math.exp(-event.deltaY / 300), [event.clientX - box.left, event.clientY - box.top]);
  }, { passive: false });

  // --- keys

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const DOES = { b: "paint", e: "erase", i: "invert", "+": "in", "=": "in", "-": "out", 0: "fit", Delete: "clear", Backspace: "clear" };
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      event.preventDefault();
      const step = Math.max(1, size() * (event.shiftKey ? 1 : 0.25));
      const [dx, dy] = ARROWS[event.key];
      at = [clamp(at[0] + dx * step, 0, picture.width), clamp(at[1] + dy * step, 0, picture.height)];
      if (penDown) extend([at]);
      point();
      cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
      say(fill(words.at, { x: Math.round((at[0] / picture.width) * 100), y: Math.round((at[1] / picture.height) * 100) }), false);
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (event.repeat) return;
      if (penDown) lift();
      else lower();
    }
  });
  area.addEventListener("keyup", (event) => { if (event.key === " ") lift(); });
  area.addEventListener("blur", () => lift());
  function lower() {
    penDown = true;
    begin(at, erasing);
    point();
    say(words.down);
  }
  function lift() {
    if (!penDown) return;
    penDown = false;
    end();
    point();
    say(`${words.up} ${$(".share").textContent}`);
  }
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page's own keys mean its own things
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      const does = { z: event.shiftKey ? "redo" : "undo", y: "redo", Enter: "done" }[key];
      if (does) { event.preventDefault(); run(does); }
    } else if (key === "Escape" && penDown) {
      event.preventDefault();
      lift();
    } else if (key === "[" || key === "]") {
      resize(Number(brush.value) + (key === "]" ? 1 : -1) * (Number(brush.value) < 10 ? 1 : 3));
    } else if (key in DOES && !(event.target === brush && key.startsWith("Arrow"))) {
      event.preventDefault();
      run(DOES[key]);
    }
  });
  brush.addEventListener("input", () => resize(Number(brush.value)));
  function resize(value) {
    brush.value = value;
    $("output[for=brush]").textContent = `${brush.value} %`;
    say(fill(words.brush, { size: brush.value }), false);
    point();
  }

  // --- buttons

  dialog.addEventListener("click", (event) => {
    const does = event.target.closest("[data-do]")?.dataset.do;
    if (does) run(does);
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); run("cancel"); });
  async function run(does) {
    if (stroke && !["in", "out", "fit"].includes(does)) { lift(); end(); }
    if (does === "paint" || does === "erase") {
      erasing = does === "erase";
      for (const name of ["paint", "erase"]) $(`[data-do="${name}"]`).setAttribute("aria-pressed", String(name === does));
      cursor.classList.toggle("erasing", erasing);
      say(erasing ? words.erasing : words.painting);
    } else if (does === "undo" && done.length) {
      undone.push(done.pop());
      again();
      say(`${words.undone} ${$(".share").textContent}`);
    } else if (does === "redo" && undone.length) {
      done.push(undone.pop());
      again();
      say(`${words.redone} ${$(".share").textContent}`);
    } else if (does === "clear") {
      if (done.length) act({ kind: "clear" });
      say(words.cleared);
    } else if (does === "invert") {
      act({ kind: "invert" });
      say(`${words.inverted} ${$(".share").textContent}`);
    } else if (["in", "out", "fit"].includes(does)) {
      lay({ in: zoom * 1.5, out: zoom / 1.5, fit: 1 }[does]);
      say(fill(words.zoomed, { zoom: Math.round(zoom * 100) }));
    } else if (does === "cancel") {
      draft = { picture, done, undone };
      close(null);
    } else if (does === "done") {
      close(await result());
    }
  }
  async function result() {
    const strokes = share() > 0 ? done : [];
    const from = picture.width;
    const full = document.createElement("canvas");
    [full.width, full.height] = [picture.width, picture.height];
    const context = full.getContext("2d");
    FILE.wipe(context, full.width, full.height);
    for (const action of strokes) play(context, action, 1, FILE);
    const blob = await new Promise((settled) => full.toBlob(settled, "image/png"));
    return { strokes, blob, cover: (target, width, height) => tint(target, layer(strokes, width, height, from)) };
  }
  function close(answer) {
    dialog.close();
    removeEventListener("resize", relay);
    touching.clear();
    settle(answer);
  }
  const relay = () => lay();

  window.pingxingPaint = (bitmap, earlier) => new Promise((settled) => {
    settle = settled;
    picture = bitmap;
    scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    for (const canvas of [work, under, over]) {
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    }
    under.getContext("2d").drawImage(bitmap, 0, 0, under.width, under.height);
    const kept = draft?.picture === bitmap ? draft : { done: earlier?.strokes ?? [], undone: [] };
    [done, undone, stroke, penDown, draft] = [[...kept.done], [...kept.undone], null, false, null];
    at = [bitmap.width / 2, bitmap.height / 2];
    again();
    dialog.showModal();
    zoom = 1;
    lay(1);
    resize(Number(brush.value));
    area.focus();
    addEventListener("resize", relay);
  });
})();
