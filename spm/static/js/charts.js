// Values of a chart on hover and focus: each mark carries its own words.
"use strict";

(() => {
  let tip = null;
  const hide = () => { tip?.remove(); tip = null; };
  const show = (event) => {
    hide();
    const mark = event.target.closest?.("svg.chart [data-value]");
    if (!mark) return;
    mark.querySelector(":scope > title")?.remove(); // the label says it; the browser's own tip would cover ours
    tip = document.createElement("div");
    tip.className = "chart-tip";
    tip.textContent = mark.dataset.value;
    tip.setAttribute("aria-hidden", "true");
    document.body.append(tip);
    const box = mark.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 6;
    tip.animate([{ transform: `translate(${left}px, ${above < 8 ? box.bottom + 6 : above}px)` }], { duration: 0, fill: "forwards" });
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
})();
