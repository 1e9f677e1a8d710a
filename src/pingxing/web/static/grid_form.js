// A file that is too large is said beside its field before it is sent: a server that ends such a request early could not
// hand the form back as it was.
const file = document.querySelector('input[name="file"]');
const told = document.getElementById("fault-file");

function look() {
  const large = file.files.length > 0 && file.files[0].size > Number(file.dataset.most);
  file.setAttribute("aria-invalid", String(large));
  told.hidden = !large;
  told.textContent = large ? file.dataset.says : "";
  return !large;
}

file.setAttribute("aria-describedby", told.id);
file.addEventListener("change", look);
file.form.addEventListener("submit", (event) => {
  if (look()) return;
  event.preventDefault();
  file.focus();
});
