// What the pages do beyond plain HTML. Without it, reading, making and verifying still work.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Ctrl+Enter makes, "/" focuses the prompt, arrow keys walk the wall of pictures.
  document.addEventListener("keydown", (event) => {
    const prompt = $("#prompt");
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (prompt && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      prompt.form.requestSubmit();
    } else if (prompt && event.key === "/" && !typing) {
      event.preventDefault();
      prompt.focus();
    } else if (!typing && ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"].includes(event.key)) {
      const links = all(".wall a.art");
      const at = links.indexOf(document.activeElement);
      if (links.length === 0 || (at < 0 && !document.activeElement?.closest(".wall"))) return;
      const columns = getComputedStyle($(".wall")).gridTemplateColumns.split(" ").length;
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      const next = links[Math.min(links.length - 1, Math.max(0, at + step))];
      event.preventDefault();
      next.focus();
    }
  });

  // Example chips fill the prompt.
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-fill]");
    if (chip) {
      event.preventDefault();
      const prompt = $("#prompt");
      prompt.value = chip.dataset.fill;
      prompt.focus();
      prompt.dispatchEvent(new Event("input", { bubbles: true }));
      if ("make" in chip.dataset) prompt.form.requestSubmit();
      return;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => { copy.textContent = copy.dataset.done; });
    for (const menu of all(".tools details[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of all(".tools details[open]")) { menu.open = false; $("summary", menu).focus(); }
  });

  // A shape fills in the size; a size typed by hand releases the shapes.
  document.addEventListener("change", (event) => {
    if (event.target.name === "shape") $("#size").value = event.target.value;
    if (event.target.name === "inks" && $("#palette")) { $("#palette").value = ""; inks(); }
    const format = $('select[name="format"]');
    if (event.target.id === "transparent" && event.target.checked && format.value === "jpeg") format.value = "png"; // JPEG has no alpha
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "size") for (const shape of all('[name="shape"]')) shape.checked = shape.value === event.target.value;
    if (event.target.id === "prompt") grow(event.target);
    if (event.target.id === "palette") inks();
  });
  // Colours typed by hand are shown as they are read, and count before a palette that was picked.
  function inks() {
    const typed = $("#palette").value;
    const dots = (typed.match(/#[0-9a-f]{6}\b/gi) ?? []).slice(0, 16).map((colour) => {
      const dot = document.createElement("i");
      dot.style.background = colour;
      return dot;
    });
    $(".typed").replaceChildren(...dots);
    if (typed.trim()) for (const choice of all('[name="inks"]')) choice.checked = choice.value === "";
  }
  function grow(box) {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }

  // What must not appear is read by guidance: under the field stands where a model, or this guidance, does not read it.
  function unread() {
    const note = $("#unread");
    if (!note) return;
    const avoids = ($('[name="model"]:checked') ?? $('[name="model"]'))?.dataset.avoids?.split(" ") ?? ["weak", "usual", "strong"];
    const typed = $('[name="guidance"]')?.value ?? "";
    const now = typed === "" ? "usual" : Number(typed) > 1 ? "strong" : "weak";
    note.hidden = avoids.includes(now);
    note.textContent = avoids.includes("strong") ? note.dataset.weak : note.dataset.never;
  }
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => { if (["model", "guidance"].includes(event.target.name)) unread(); });
  }
  unread();

  // Words of the prompt and the things they became light each other up.
  const light = (event, on) => {
    const source = event.target.closest?.("[data-things]");
    if (!source) return;
    const wanted = new Set(source.dataset.things.split(" "));
    for (const part of all("[data-things]")) {
      if (part.dataset.things.split(" ").some((thing) => thing !== "" && wanted.has(thing))) part.classList.toggle("lit", on);
    }
  };
  for (const [kind, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(kind, (event) => light(event, on));
  }

  // The first card after making takes the empty state's place; what was just made comes into view.
  document.addEventListener("htmx:afterSwap", (event) => {
    if ($(".wall .card")) $(".wall .empty")?.remove();
    if (["wall", "made"].includes(event.detail.target?.id)) event.detail.target.firstElementChild?.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:responseError", () => say());
  document.addEventListener("htmx:sendError", () => say());
  function say() { const live = $("#live"); if (live) live.textContent = live.dataset.lost; }
})();
