// The theme switch. The cookie lets the server write the theme into the first byte of the page: nothing flashes.
(() => {
  const root = document.documentElement;

  const chosen = () => root.dataset.theme || "system";

  function choose(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }

  function show() {
    for (const group of document.querySelectorAll("[data-theme-switch]")) {
      group.hidden = false;
      const current = group.querySelector(`input[value="${chosen()}"]`);
      if (current) current.checked = true;
    }
  }

  document.addEventListener("DOMContentLoaded", show);
  window.addEventListener("pageshow", show);
  document.addEventListener("change", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    choose(event.target.value);
    show();
  });
})();
