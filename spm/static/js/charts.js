// Values of a chart on hover and focus: each mark carries its own words in <title>.
"use strict";

(() => {
  let tip = null;
  const hide = () => { tip?.remove(); tip = null; };
  const show = (event) => {
    const mark = event.target.closest?.("svg.rlchart [data-value], svg.chart [data-value]");
    hide();
    if (!mark) return;
    tip = document.createElement("div");
    tip.className = "chart-tip";
    tip.textContent = mark.dataset.value;
    document.body.append(tip);
    const box = mark.getBoundingClientRect();
    tip.setAttribute("role", "presentation");
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    tip.animate([{ transform: `translate(${left}px, ${Math.max(8, box.top - tip.offsetHeight - 6)}px)` }], { duration: 0, fill: "forwards" });
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
})();
