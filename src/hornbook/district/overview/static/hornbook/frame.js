// Comfort only: the menus are <details> and work without this. Escape or a click outside closes them.
"use strict";
(() => {
  const open = () => document.querySelectorAll("details.fold[open]");
  document.addEventListener("click", (event) => {
    open().forEach((fold) => { if (!fold.contains(event.target)) fold.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((fold) => {
      if (fold.contains(document.activeElement)) fold.querySelector("summary").focus();
      fold.open = false;
    });
  });
})();
