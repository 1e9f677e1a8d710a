// Choosing by keyboard: k keeps, d drops, u takes it back, arrows go on. Without this file the buttons do the same.
const list = document.getElementById("cellar");
const tally = document.getElementById("tally");
const cells = [...list.children];

function go(cell) {
  if (!cell) return;
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest" });
}

function count() {
  if (!tally) return;
  const of = (name) => cells.filter((cell) => cell.dataset.choice === name).length;
  tally.textContent = tally.dataset.says.replace("%k", of("keep")).replace("%d", of("drop")).replace("%l", of("none"));
}

async function choose(cell, choice) {
  const form = cell.querySelector("form");
  if (!form) return;
  const told = new FormData(form);
  told.set("choice", choice);
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(told), headers: { "x-quiet": "1" } });
  if (!answer.ok) { location.reload(); return; } // the page says what is the matter
  cell.dataset.choice = choice || "none";
  const words = cell.querySelector(".choice");
  words.textContent = words.dataset[cell.dataset.choice];
  count();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const focused = event.target.closest("#cellar > li");
  const here = focused || cells.find((cell) => cell.dataset.choice === "none"); // nobody went anywhere yet: the first left
  const index = focused ? cells.indexOf(focused) : -1;
  const choice = { k: "keep", d: "drop", u: "" }[event.key];
  if (event.key === "ArrowRight") go(cells[Math.min(index + 1, cells.length - 1)]);
  else if (event.key === "ArrowLeft") go(cells[Math.max(index - 1, 0)]);
  else if (choice !== undefined && here) {
    choose(here, choice);
    go(choice ? cells[cells.indexOf(here) + 1] : here);
  } else return;
  event.preventDefault();
});

list.addEventListener("submit", (event) => {
  event.preventDefault();
  choose(event.target.closest("li"), event.submitter ? event.submitter.value : "");
});
