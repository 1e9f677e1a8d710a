// Choosing by keyboard: k keeps, d drops, n goes on, 1 to 5 score (0 takes it back), u takes the choice back, arrows go
// to and fro. Without this file the buttons do the same.
const list = document.getElementById("cellar");
const tally = document.getElementById("tally");
const said = document.getElementById("said");
const lost = document.getElementById("lost");
const cells = [...list.children];
const start = { keep: 0, drop: 0, none: 0 }; // of all pictures; the page may show a part of them

for (const cell of cells) start[cell.dataset.choice] += 1;
const shownFirst = { ...start };
const toldFirst = tally ? tally.textContent.match(/\d+/g).map(Number) : [0, 0, 0];

function go(cell) {
  if (!cell) return;
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest" });
}

function count() {
  if (!tally) return;
  const now = { keep: 0, drop: 0, none: 0 };
  for (const cell of cells) now[cell.dataset.choice] += 1;
  const [keep, drop, left] = ["keep", "drop", "none"].map((name, index) => toldFirst[index] + now[name] - shownFirst[name]);
  tally.textContent = tally.dataset.says.replace("%k", keep).replace("%d", drop).replace("%l", left);
}

async function tell(cell, name, value) {
  const form = cell.querySelector("form");
  if (!form) return false;
  const told = new FormData(form);
  told.set(name, value);
  const headers = { "x-quiet": "1" };
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(told), headers }).catch(() => null);
  if (lost) lost.hidden = answer !== null; // nobody answered: what was chosen before stays, this one is not kept
  if (answer !== null && answer.status !== 204) location.reload(); // the page says what is the matter
  return answer !== null && answer.status === 204;
}

async function choose(cell, choice) {
  if (!(await tell(cell, "choice", choice))) return;
  cell.dataset.choice = choice === "undo" ? "none" : choice;
  const words = cell.querySelector(".choice");
  words.textContent = words.dataset[cell.dataset.choice];
  if (said) said.textContent = `${cell.dataset.name}: ${words.textContent}`;
  count();
}

async function score(cell, value) {
  const now = cell.dataset.score === String(value) ? 0 : value; // the same once more takes it back
  if (!(await tell(cell, "score", now))) return;
  cell.dataset.score = now;
  for (const button of cell.querySelectorAll(".score")) {
    button.setAttribute("aria-pressed", String(button.value === String(now)));
    if (said && button.value === String(now)) said.textContent = button.getAttribute("aria-label");
  }
  if (said && !now) said.textContent = `${cell.dataset.name}: –`;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const focused = event.target.closest("#cellar > li");
  const here = focused || cells.find((cell) => cell.dataset.choice === "none"); // nobody went anywhere yet: the first left
  const index = focused ? cells.indexOf(focused) : -1;
  const choice = { k: "keep", d: "drop", u: "undo" }[event.key];
  if (event.key === "ArrowRight" || event.key === "n") go(cells[Math.min(index + 1, cells.length - 1)]);
  else if (event.key === "ArrowLeft") go(cells[Math.max(index - 1, 0)]);
  else if (/^[0-5]$/.test(event.key) && here) {
    score(here, Number(event.key));
    go(here);
  } else if (choice !== undefined && here) {
    choose(here, choice);
    go(choice === "undo" ? here : cells[cells.indexOf(here) + 1]);
  } else return;
  event.preventDefault();
});

list.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button) return;
  event.preventDefault();
  const cell = event.target.closest("li");
  if (button.name === "score") score(cell, Number(button.value));
  else choose(cell, button.value);
});
