// Comfort only: without this the link leads away too. With it the page is replaced, so that the
// browser's “back” does not lead here again. Escape twice does the same.
"use strict";
(() => {
  const link = document.getElementById("leave");
  if (!link) return;
  const away = () => window.location.replace(link.href);
  link.addEventListener("click", (event) => { event.preventDefault(); away(); });
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - last < 800) away();
    last = event.timeStamp;
  });
})();
