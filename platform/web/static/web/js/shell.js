// What the shell does in the browser: menus, dialogs, copying, relative times, toasts, and loading the chart module.
(() => {
  const words = document.documentElement.dataset;

  // -- Menus: close on Escape, on a click elsewhere, and when focus leaves.
  const openMenus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // -- Dialogs: <button data-dialog="id"> opens, <button data-close> and a click on the backdrop close.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement && isOutside(event)) event.target.close();
  });

  function isOutside(event) {
    const box = event.target.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    return x < box.left || x > box.right || y < box.top || y > box.bottom;
  }

  // -- Copying: <button data-copy="id of the element that holds the text">.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const said = await copy(source) ? words.wordCopied : words.wordSelect;
    const label = button.querySelector("[data-copy-label]");
    const before = label.dataset.before || (label.dataset.before = label.textContent);
    label.textContent = said;
    setTimeout(() => { label.textContent = before; }, 2000);
  });

  async function copy(source) {
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      return true;
    } catch {
      // No clipboard without https: select the text, so that Ctrl-C takes it.
      getSelection().selectAllChildren(source);
      return false;
    }
  }

  // -- Relative times: the server writes the full time, which stays as the title.
  const steps = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity]];
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });

  function ago(then) {
    let amount = (then - Date.now()) / 1000;
    for (const [unit, size] of steps) {
      if (Math.abs(amount) < size) return relative.format(Math.round(amount), unit);
      amount /= size;
    }
    return "";
  }

  function tellTimes() {
    for (const time of document.querySelectorAll("time[data-relative]")) {
      const said = ago(Date.parse(time.dateTime));
      if (said && time.textContent !== said) time.textContent = said;
    }
  }
  setInterval(tellTimes, 30000);

  // -- Toasts: good news leaves by itself, bad news stays until it is closed.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
  });

  function showToast(text, tone) {
    const template = document.getElementById("toast-template");
    const box = document.getElementById("toasts");
    if (!template || !box) return;
    // A page that asks every few seconds says once, not every few seconds, that nobody answers.
    if ([...box.querySelectorAll("p")].some((said) => said.textContent === text)) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.classList.add(`toast-${tone}`);
    toast.querySelector("p").textContent = text;
    box.append(toast);
    leaveLater(toast);
  }

  function leaveLater(toast) {
    if (toast.matches(".toast-bad, .toast-warn") || toast.dataset.timed) return;
    toast.dataset.timed = "yes";
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000);
      else toast.remove();
    };
    setTimeout(leave, 8000);
  }

  // A response may carry HX-Trigger: {"toast": {"text": "…", "tone": "good"}}.
  document.addEventListener("toast", (event) => showToast(event.detail.text, event.detail.tone || "good"));
  document.addEventListener("htmx:sendError", () => showToast(words.wordOffline, "bad"));
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Trigger")) showToast(words.wordFailed, "bad");
  });

  // A form sent twice by an impatient hand is sent once, and its button says at once that it was pressed.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-once]")) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
    const button = event.submitter ?? event.target.querySelector("[type=submit]");
    button?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[type=submit][aria-busy]")) button.removeAttribute("aria-busy");
  });

  // -- Who pressed a button that goes away with its piece of page stands in the piece that came instead.
  let stood = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    stood = event.detail.target.contains(document.activeElement) ? event.detail.target : null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!stood || stood.isConnected || document.activeElement !== document.body) return;
    stood = null;
    const came = event.detail.elt;
    const place = came.matches("a[href], button, input, select, textarea") ? came : came.querySelector("a[href], button:not([disabled]), input, select, textarea") ?? came;
    if (place === came && !came.hasAttribute("tabindex")) came.tabIndex = -1;
    place.focus({ preventScroll: true });
  });

  // -- What was chosen before the scripts came, or put back by the browser, is told to htmx as if it were chosen now.
  function tellEarlyChoices() {
    for (const field of document.querySelectorAll("[hx-trigger^=change] :is(input, select, textarea)")) {
      if (isChanged(field)) field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  function isChanged(field) {
    if (field.type === "radio") return field.checked && !field.defaultChecked;
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (!field.options) return field.value !== field.defaultValue;
    const given = [...field.options].filter((option) => option.defaultSelected);
    if (!given.length && !field.multiple) return field.selectedIndex > 0;
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }

  // -- Everything that a new piece of page needs.
  function settle(root) {
    tellTimes();
    for (const toast of document.querySelectorAll(".toast")) leaveLater(toast);
    if (root.querySelector?.("[data-chart]") || root.matches?.("[data-chart]")) {
      import(words.chartModule).then((charts) => charts.drawAll());
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    settle(document);
    tellEarlyChoices();
    // Many tabs on a narrow page: the current one is in sight.
    document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  });
  document.addEventListener("htmx:load", (event) => settle(event.target));
})();

// Who signs out leaves nothing behind on this machine: neither drafts nor answers that were not sent yet.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-signs-out]")) return;
  const kept = Object.keys(localStorage).filter((key) => /^touchstone\.(draft|outbox)\./.test(key));
  kept.forEach((key) => localStorage.removeItem(key));
});
