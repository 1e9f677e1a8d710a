// A picture that a rule stopped: each reason in full, and the way to a person, with the picture already in the form.
// Without this file the same form stands at /appeals/upload.
"use strict";
window.pingxingContest = async (file, told, below) => {
  const wall = document.querySelector("#wall");
  if (!wall) return;
  const card = document.createElement("li");
  card.className = "refused";
  card.setAttribute("role", "alert");
  const head = document.createElement("h3");
  head.textContent = told.title;
  card.append(head);
  for (const finding of told.findings) {
    const line = document.createElement("p");
    const small = document.createElement("span");
    small.className = "muted small";
    small.textContent = [`${finding.pack}/${finding.rule} ${finding.version}`, finding.clause].join(" · ");
    line.append(finding.reason, finding.words ? ` “${finding.words}”` : "", document.createElement("br"), small);
    card.append(line);
  }
  try {
    const answer = await fetch("/appeals/upload", { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    card.insertAdjacentHTML("beforeend", await answer.text());
  } catch {
    return; // the reason is told, and its hint names the page
  } finally {
    wall.prepend(card);
  }
  const input = card.querySelector("input[type=file]");
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  input.closest(".picked").classList.add("carried");
  below.hidden = true; // the card says it whole
  card.scrollIntoView({ block: "nearest" });
};
