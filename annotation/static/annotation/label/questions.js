// Questions to the researchers about the task in hand, and their answers.

const LOOK_EVERY = 60_000;

export class Questions {
  constructor(page) {
    this.page = page;
    this.isAsking = false;
    this.dialog = page.panels.dialog("questions");
    this.button = page.root.querySelector("[data-act=questions]");
    this.acts = { questions: () => this.#open() };
    this.form = this.dialog.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.isAsking) return; // an impatient hand asks once
      this.isAsking = true;
      this.#ask(event.submitter?.value === "aside").finally(() => (this.isAsking = false));
    });
  }

  // Whether answers came is asked now and then, while somebody is here.
  watch() {
    this.#tell(this.page.config.unseen);
    setInterval(() => document.hidden || this.page.timer.since === null || this.#look(), LOOK_EVERY);
  }

  async #look() {
    const response = await this.page.api.unseen(this.page.config.project).catch(() => null);
    if (response?.ok) this.#tell((await response.json()).results.length);
  }

  #tell(count) {
    this.button.classList.toggle("has-news", count > 0);
    this.button.querySelector("[data-count]").textContent = count ? ` (${count})` : "";
  }

  async #open() {
    this.form.hidden = !this.page.current;
    this.form.querySelector("[value=aside]").hidden = this.page.review.isOpen;
    const list = this.dialog.querySelector("[data-list]");
    if (!this.dialog.open) this.dialog.showModal();
    const response = await fetch(this.page.config.urls.questions).catch(() => null);
    if (!response?.ok || response.redirected) return;
    list.innerHTML = await response.text();
    if (list.querySelector("[data-unseen]")) await this.page.api.seen(this.page.config.project).catch(() => null);
    this.#tell(0);
  }

  async #ask(isAside) {
    const { page, form } = this;
    const text = form.elements.text.value.trim();
    const told = form.querySelector("[data-told]");
    if (!text) return form.elements.text.focus();
    const task = page.current;
    const response = await page.api.ask(page.config.project, task.assignment, text).catch(() => null);
    if (!response?.ok) {
      const body = await response?.json().catch(() => ({}));
      told.textContent = body?.detail ?? page.words.offlineAsk;
      return undefined;
    }
    form.reset();
    told.textContent = "";
    this.dialog.close();
    if (isAside) await page.putAside(task);
    return page.say(page.words.asked, "success");
  }
}
