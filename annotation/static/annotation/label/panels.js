// What opens over the page: keys, skipping, help, signing in again, a refused answer.

export class Panels {
  constructor(page) {
    this.page = page;
    this.isSkipping = false;
    this.acts = {
      keys: () => this.#keys(),
      skip: () => this.page.review.isOpen || !this.page.current || this.open("skip"),
      help: () => this.open("help"),
    };
    for (const dialog of page.root.querySelectorAll("dialog")) {
      dialog.querySelectorAll("[data-close]").forEach((button) => button.addEventListener("click", () => dialog.close()));
    }
    this.#on("skip", (form) => this.#skip(form));
    this.dialog("signin")?.querySelector("[data-done]").addEventListener("click", () => this.#signedIn());
  }

  dialog(name) {
    return this.page.root.querySelector(`dialog[data-panel=${name}]`);
  }

  open(name) {
    const dialog = this.dialog(name);
    if (dialog && !dialog.open) dialog.showModal();
  }

  #on(name, act) {
    this.dialog(name)?.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      await act(event.target);
    });
  }

  #keys() {
    const list = this.dialog("keys").querySelector("[data-list]");
    const rows = [...this.page.keys.all()].map(([key, { label }]) => {
      const row = document.createElement("tr");
      const name = document.createElement("kbd");
      name.textContent = this.page.words.keyNames[key] ?? (key.length === 1 ? key.toUpperCase() : key);
      const cells = [document.createElement("td"), document.createElement("td")];
      cells[0].append(name);
      cells[1].textContent = label;
      row.append(...cells);
      return row;
    });
    list.replaceChildren(...rows);
    this.open("keys");
  }

  async #skip(form) {
    const task = this.page.current;
    if (!task || this.isSkipping) return; // a second press would skip the task that comes next
    this.isSkipping = true;
    const data = new FormData(form);
    const reason = [data.get("reason"), data.get("words")].filter(Boolean).join(": ");
    await this.page.skipped(task, reason).finally(() => (this.isSkipping = false));
    form.reset();
    this.dialog("skip").close();
  }

  signIn() {
    this.open("signin");
  }

  signedIn() {
    this.dialog("signin")?.close();
  }

  async #signedIn() {
    this.signedIn();
    await this.page.outbox.flush();
    await this.page.dealer.deal();
  }

  // The server will not take this answer: show why, with what was said, so that it can be copied.
  refused({ entry, body }) {
    const dialog = this.dialog("refused");
    dialog.querySelector("[data-why]").textContent = body.detail ?? this.page.words.broken;
    dialog.querySelector("[data-said]").textContent = JSON.stringify(entry.body.answer, null, 2);
    this.open("refused");
  }
}
