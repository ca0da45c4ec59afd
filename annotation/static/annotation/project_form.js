// Settings that apply to no chosen kind of question are folded away.
(() => {
  const form = document.querySelector("[data-project-form]");
  if (!form) return;
  const parts = form.querySelectorAll("[data-kinds]:not([data-kinds=''])");

  function fold() {
    const chosen = new Set([...form.querySelectorAll("[name=kinds]:checked")].map((box) => box.value));
    for (const part of parts) {
      const wanted = part.dataset.kinds.split(" ");
      part.hidden = !wanted.some((kind) => chosen.has(kind)) && !part.querySelector(".errorlist");
    }
  }
  form.addEventListener("change", (event) => { if (event.target.name === "kinds") fold(); });
  fold();
})();
