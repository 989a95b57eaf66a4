// The only script: it reloads the page when something was saved, and says when the programme has stopped.
"use strict";

const state = document.getElementById("etat");
const stream = new EventSource(`/evenements?vu=${document.body.dataset.seen}`);

stream.addEventListener("change", () => {
  state.textContent = "Mise à jour…";
  location.reload();
});
stream.addEventListener("open", () => {
  state.textContent = "À jour\u00a0: se recharge à chaque enregistrement.";
  state.className = "";
});
stream.addEventListener("error", () => {
  state.textContent = "La prévisualisation est arrêtée\u00a0: relancez «\u00a0publisher preview\u00a0».";
  state.className = "lost";
});
addEventListener("pagehide", () => stream.close());
