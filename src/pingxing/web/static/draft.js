// What was filled in survives a session that ended meanwhile: it is kept in this tab as it is sent, and put back after
// signing in. Any other page that holds the form forgets it.
const form = document.querySelector("form.order");
const KEY = "pingxing-draft";
const back = location.hash === "#draft" || (document.referrer && new URL(document.referrer).pathname.startsWith("/sign-in"));

function restore(told) {
  for (const field of form.elements) {
    if (!field.name || field.name === "csrf" || field.type === "file" || field.tagName === "BUTTON") continue;
    const values = told.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
}

const kept = sessionStorage.getItem(KEY);
sessionStorage.removeItem(KEY);
if (kept && back) {
  const told = JSON.parse(kept);
  const kind = told.find(([name]) => name === "maker");
  const here = form.elements.maker;
  if (kind && here && kind[1] !== here.value) {
    sessionStorage.setItem(KEY, kept);
    location.replace(`${location.pathname}?maker=${encodeURIComponent(kind[1])}#draft`);
  } else restore(told);
}

form.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const told = [...new FormData(form)].filter(([name, value]) => name !== "csrf" && typeof value === "string");
  sessionStorage.setItem(KEY, JSON.stringify(told));
});
