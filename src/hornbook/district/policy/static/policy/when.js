// Comfort only: a slider over the years. Without script the stops are links and the day is a form.
(() => {
  const when = document.querySelector(".when");
  const stops = when ? [...when.querySelectorAll(".stops a")] : [];
  if (stops.length < 2) return;
  const shown = Math.max(stops.findIndex((stop) => stop.hasAttribute("aria-current")), 0);
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: stops.length - 1, step: 1, value: shown });
  slider.setAttribute("aria-label", "Go through the years");
  const tell = () => slider.setAttribute("aria-valuetext", stops[slider.value].textContent.trim());
  tell();
  slider.addEventListener("input", tell);
  slider.addEventListener("change", () => stops[slider.value].click());
  when.querySelector(".stops").after(slider);
})();
