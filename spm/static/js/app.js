// What makes plain pages pleasant. Everything here is done without it as well, only with one click more.
"use strict";

const say = (name) => document.body.dataset[name] ?? "";

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

function toast(text, kind = "note") {
  const form = document.getElementById("toast-form");
  const place = document.getElementById("toasts");
  if (!form || !place) return;
  const note = form.content.firstElementChild.cloneNode(true);
  note.dataset.kind = kind;
  note.querySelector("p").textContent = text;
  place.append(note);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-dismiss], [data-rail-toggle], [data-theme-choice], [data-open]");
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (!target) return;
  if ("dismiss" in target.dataset) target.closest(".toast-note")?.remove();
  if ("railToggle" in target.dataset) {
    const isSmall = document.documentElement.dataset.rail !== "small";
    document.documentElement.dataset.rail = isSmall ? "small" : "wide";
    target.setAttribute("aria-pressed", String(isSmall));
    remember("rail", isSmall ? "small" : "wide");
  }
  if ("themeChoice" in target.dataset) document.documentElement.dataset.theme = target.value;
  if (target.dataset.open) document.getElementById(target.dataset.open)?.showModal();
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  }
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  }
});

// A form is sent once: a second click while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) { event.preventDefault(); return; }
  if (form.method !== "post") return;
  if (form.dataset.isSent) { event.preventDefault(); return; }
  form.dataset.isSent = "yes";
  delete form.dataset.isChanged;
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

// Pickers take effect at once.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-at-once]");
  if (form) form.requestSubmit();
});

document.addEventListener("htmx:responseError", () => toast(say("sayFailed"), "problem"));
document.addEventListener("htmx:sendError", () => toast(say("sayFailed"), "problem"));
