// What makes plain pages pleasant. Everything here is done without it as well, only with one click more.
"use strict";

const say = (name) => document.body.dataset[name] ?? "";

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

// Toasts: what was done stays until it is read; a problem stays until it is closed.
function toast(text, kind = "note") {
  const pattern = document.getElementById("toast-form");
  const place = document.getElementById("toasts");
  if (!pattern || !place) return;
  const note = pattern.content.firstElementChild.cloneNode(true);
  note.dataset.kind = kind;
  note.querySelector("p").textContent = text;
  place.append(note);
  fade(note);
}

function fade(note) {
  if (note.dataset.kind === "problem" || note.querySelector("form")) return;
  let timer = setTimeout(() => note.remove(), 8000);
  const hold = () => clearTimeout(timer);
  const letGo = () => { hold(); timer = setTimeout(() => note.remove(), 4000); };
  note.addEventListener("pointerenter", hold);
  note.addEventListener("focusin", hold);
  note.addEventListener("pointerleave", letGo);
  note.addEventListener("focusout", letGo);
}
document.querySelectorAll(".toasts > .toast-note").forEach(fade);
document.addEventListener("spm:toast", (event) => toast(event.detail.text, event.detail.kind));

const MENUS = "details[data-menu][open]";

const CLICKS = {
  dismiss: (target) => target.closest(".toast-note, .note")?.remove(),
  say: (target) => toast(target.dataset.say, "done"),
  railToggle: (target) => {
    const isSmall = document.documentElement.dataset.rail !== "small";
    document.documentElement.dataset.rail = isSmall ? "small" : "wide";
    target.setAttribute("aria-pressed", String(isSmall));
    remember("rail", isSmall ? "small" : "wide");
  },
};

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const target = event.target.closest("[data-dismiss], [data-say], [data-rail-toggle]");
  for (const [name, act] of Object.entries(CLICKS)) {
    if (target && name in target.dataset) act(target);
  }
  if (event.target instanceof HTMLDialogElement && isOutside(event)) event.target.close();
});

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

// The theme changes at once; the form behind it only tells the server what the cookie says already.
document.addEventListener("submit", (event) => {
  const chosen = event.submitter;
  if (!event.target.matches("[data-preferences]") || chosen?.name !== "theme") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.documentElement.dataset.theme = chosen.value;
  remember("theme", chosen.value);
  for (const each of event.target.querySelectorAll("[name=theme]")) {
    if (each === chosen) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll(MENUS)) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  }
  const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  }
});

// A form is sent once: a second click while the first is on its way does nothing. What must be
// confirmed is asked in a dialog of ours.
function confirmed(form, submitter) {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  dialog.querySelector("[data-question]").textContent = form.dataset.confirm;
  const yes = dialog.querySelector("[value=yes]");
  yes.textContent = submitter?.textContent.trim() || yes.textContent;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.isConfirmed = "yes";
    form.requestSubmit(submitter ?? undefined);
  };
  dialog.showModal();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !form.dataset.isConfirmed) {
    event.preventDefault();
    confirmed(form, event.submitter);
    return;
  }
  delete form.dataset.isConfirmed;
  if (form.method !== "post") return;
  if (form.dataset.isSent) { event.preventDefault(); return; }
  form.dataset.isSent = "yes";
  delete form.dataset.isChanged;
  setTimeout(() => delete form.dataset.isSent, 15000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-is-sent]")) delete form.dataset.isSent;
});

// Text that is not saved yet is not lost by a slip.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) form.dataset.isChanged = "yes";
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-is-changed]")) event.preventDefault();
});

// A figure opens its definition card here. With a key held, or without scripts, the card is a page.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a.figure[href*='/figures/explain?'], a[data-card]");
  const dialog = document.getElementById("card");
  if (!link || !dialog || !window.htmx || event.defaultPrevented || event.button) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const body = document.getElementById("card-body");
  body.replaceChildren();
  await window.htmx.ajax("GET", link.getAttribute("href"), { target: body, swap: "innerHTML" });
  if (body.firstElementChild && !dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
});

// What a link leads to is open when one gets there.
document.addEventListener("click", (event) => {
  const address = event.target.closest?.("a[href^='#']")?.getAttribute("href") ?? "#";
  const target = address.length > 1 ? document.getElementById(address.slice(1)) : null;
  if (target instanceof HTMLDetailsElement) target.open = true;
});

// A block copied from a spreadsheet fills a grid from the cell that it is pasted into. What has names
// or does not fit goes to the box for pasting, which says what has no place.
document.addEventListener("paste", (event) => {
  const cell = event.target.closest?.("[data-paste-grid] input");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
  if (!cell || (lines.length < 2 && lines[0].length < 2)) return;
  event.preventDefault();
  const form = cell.form;
  const grid = [...cell.closest("[data-paste-grid]").tBodies[0].rows].map((row) => [...row.querySelectorAll("td input:not([type=hidden])")]);
  const top = grid.findIndex((row) => row.includes(cell));
  const left = grid[top].indexOf(cell);
  const isPlain = lines.every((line, down) => line.every((value, right) => grid[top + down]?.[left + right] && !/\p{L}{2}/u.test(value)));
  if (!isPlain) {
    form.elements.pasted.value = text;
    form.querySelector("[name=paste]").click();
    return;
  }
  lines.forEach((line, down) => line.forEach((value, right) => { grid[top + down][left + right].value = value.trim(); }));
  form.dataset.isChanged = "yes";
});

// A file chosen or dropped says its name.
document.addEventListener("change", (event) => {
  const drop = event.target.closest("[data-file-drop]");
  const files = event.target.files;
  if (!drop || !files) return;
  drop.classList.toggle("has-file", files.length > 0);
  const name = drop.querySelector("[data-file-name] label");
  if (name && files.length) name.textContent = [...files].map((file) => file.name).join(", ");
});
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.("[data-file-drop]");
    drop?.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
  });
}

// On a phone a long line of filters waits behind a button, unless the page is filtered already.
function isAsked(form) {
  return [...new URLSearchParams(location.search)].some(
    ([name, value]) => value && form.elements[name] && form.elements[name].type !== "hidden",
  );
}
if (matchMedia("(max-width: 767px)").matches) {
  for (const form of document.querySelectorAll("form[data-fold]")) {
    if (isAsked(form)) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-plain filters-toggle";
    button.textContent = say("sayFilter");
    button.addEventListener("click", () => {
      form.hidden = false;
      button.remove();
      form.querySelector("input:not([type=hidden]), select")?.focus();
    });
    form.before(button);
    form.hidden = true;
  }
}

document.addEventListener("htmx:responseError", () => toast(say("sayFailed"), "problem"));
document.addEventListener("htmx:sendError", () => toast(say("sayFailed"), "problem"));
