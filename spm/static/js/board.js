// The board: a card is dragged with the mouse or a finger, or moved by its own form. Both ask the
// same page what the move demands; what demands nothing is done at once.
"use strict";

const board = document.querySelector("[data-board]");
const boardDialog = document.getElementById("board-dialog");

// Where one was on the board is where one is after a move.
const PLACE = "board-place";
function rememberPlace() {
  sessionStorage.setItem(PLACE, JSON.stringify([board.scrollLeft, scrollY]));
}
function restorePlace() {
  const kept = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (!kept) return;
  const [left, top] = JSON.parse(kept);
  board.scrollLeft = left;
  scrollTo(0, top);
}

async function askToMove(address, putBack) {
  let answer;
  try {
    answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  } catch {
    answer = null;
  }
  if (!answer?.ok) {
    putBack();
    document.dispatchEvent(new CustomEvent("spm:toast", { detail: { text: document.body.dataset.sayFailed, kind: "problem" } }));
    return;
  }
  const words = new DOMParser().parseFromString(await answer.text(), "text/html");
  boardDialog.replaceChildren(...words.body.childNodes);
  const form = boardDialog.querySelector("form");
  let isSent = false;
  form.addEventListener("submit", () => { isSent = true; rememberPlace(); });
  boardDialog.onclose = () => { if (!isSent) putBack(); };
  if ("ready" in form.dataset) form.requestSubmit();
  else boardDialog.showModal();
}

function moveAddress(card, stage) {
  return `${card.dataset.move}?${new URLSearchParams({ stage, back: board.dataset.back })}`;
}

if (board && boardDialog) {
  restorePlace();

  boardDialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-dialog]")) boardDialog.close();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-move-form]");
    const card = form?.closest(".board-card");
    if (!card) return;
    event.preventDefault();
    const opener = form.querySelector("button");
    askToMove(moveAddress(card, form.elements.stage.value), () => opener.focus());
  });

  for (const list of board.querySelectorAll("[data-cards]")) {
    new Sortable(list, {
      group: "board",
      draggable: ".board-card",
      filter: "[data-fixed], .board-move",
      preventOnFilter: false,
      sort: false,
      animation: 0,
      forceFallback: true,
      fallbackOnBody: true,
      fallbackTolerance: 4,
      delay: 200,
      delayOnTouchOnly: true,
      touchStartThreshold: 4,
      scroll: true,
      bubbleScroll: true,
      ghostClass: "is-ghost",
      fallbackClass: "is-dragged",
      onMove: (event) => Boolean(event.to.dataset.stage),
      onEnd: ({ item, from, to, oldIndex }) => {
        if (from === to) return;
        askToMove(moveAddress(item, to.dataset.stage), () => {
          from.insertBefore(item, from.children[oldIndex] ?? null);
        });
      },
    });
  }
}
