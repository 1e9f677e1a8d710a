// The review queue by keyboard: U upholds, R releases, J and K walk. Without it the same buttons are plain forms.
"use strict";
(() => {
  const cases = () => [...document.querySelectorAll("[data-case]")];
  const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
  const current = () => document.activeElement?.closest("[data-case]") ?? cases()[0];

  document.addEventListener("keydown", (event) => {
    if (typing() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const key = event.key.toLowerCase();
    const all = cases();
    if (all.length === 0) return;
    if (key === "j" || key === "k") {
      const at = all.indexOf(document.activeElement?.closest("[data-case]"));
      all[Math.min(all.length - 1, Math.max(0, at + (key === "j" ? 1 : -1)))].focus();
      event.preventDefault();
      return;
    }
    const outcome = { u: "uphold", r: "overturn" }[key];
    if (!outcome) return;
    const button = current().querySelector(`button[value="${outcome}"]`);
    if (!button) return;
    event.preventDefault();
    const words = button.form.elements.words;
    if (words?.required && !words.value.trim()) words.focus(); // whoever pleaded is owed an answer
    else button.form.requestSubmit(button);
  });

  // After a decision the next case is at hand.
  if (location.hash === "#appeals") cases()[0]?.focus({ preventScroll: false });
})();
