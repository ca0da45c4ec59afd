// Going back through one's last judgments: each opens as it was shown, and is corrected while it may be.

export class Review {
  constructor(page) {
    this.page = page;
    this.bar = page.find("review");
    this.latest = page.config.latest; // my last judgment here
    this.opened = null; // the judgment that is looked at
    this.kept = null; // the task that waits meanwhile, and the time spent on it
    this.isSaving = false;
    this.steps = Promise.resolve(); // keys may come faster than judgments: each step begins where the last one ended
  }

  get isOpen() {
    return this.opened !== null;
  }

  back() {
    return this.#then(() => {
      const goal = this.isOpen ? this.opened.older : this.latest;
      return goal ? this.open(goal) : this.page.say(this.page.words.noOlder);
    });
  }

  forward() {
    return this.#then(() => {
      if (!this.isOpen) return undefined;
      return this.opened.newer ? this.open(this.opened.newer) : this.leave();
    });
  }

  #then(step) {
    this.steps = this.steps.then(() => this.page.delivery).then(step);
    return this.steps;
  }

  async open(judgment) {
    const { page } = this;
    const response = await page.api.reviewed(judgment).catch(() => null);
    if (!response?.ok) {
      const body = await response?.json().catch(() => ({}));
      return page.say(body?.detail ?? page.words.broken, "error");
    }
    if (!this.isOpen && page.current) this.kept = { task: page.current, elapsed: page.timer.elapsed };
    this.opened = await response.json();
    page.say(""); // "taken back" was said of another task
    page.open({ ...this.opened, lease_expires_at: null }, this.opened.answer);
    this.show();
    return undefined;
  }

  // The task that waited comes back with its draft and its time.
  leave() {
    if (!this.isOpen) return;
    const { kept, page } = this;
    this.opened = this.kept = null;
    this.show();
    history.replaceState(null, "", location.pathname);
    page.current = null;
    if (kept) page.open(kept.task, null, kept.elapsed);
    else if (!page.dealer.advance()) page.root.dataset.state = "sending"; // what was looked at is no task in hand
    page.dealer.deal();
    page.showUndo();
  }

  async save(answer, elapsed) {
    if (this.opened.fixed || this.isSaving) return;
    this.isSaving = true;
    await this.#save(this.opened.judgment, { answer, duration_ms: elapsed }).finally(() => (this.isSaving = false));
  }

  async #save(judgment, body) {
    const { page } = this;
    const response = await page.api.change(judgment, body).catch(() => null);
    if (!response?.ok) {
      const body = await response?.json().catch(() => ({}));
      page.say(body?.detail ?? page.words.notChanged, "error");
      return;
    }
    page.last = page.last.map((last) => (last.judgment === judgment ? { ...last, answer: body.answer } : last));
    if (this.opened?.judgment === judgment) this.leave();
    page.say(page.words.changed, "success");
  }

  show() {
    const { page, bar } = this;
    bar.hidden = !this.isOpen;
    page.root.classList.toggle("is-review", this.isOpen);
    page.root.querySelector("[data-act=back]").disabled = !(this.isOpen ? this.opened.older : this.latest);
    page.find("send-label").textContent = this.isOpen ? page.words.saveChange : page.words.sendShort;
    page.find("form").inert = page.find("extras").inert = Boolean(this.opened?.fixed);
    page.find("send").disabled ||= Boolean(this.opened?.fixed);
    if (!this.isOpen) return;
    const when = new Date(this.opened.created_at);
    bar.querySelector("[data-when]").textContent = when.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    bar.querySelector("[data-fixed]").textContent = this.opened.fixed;
    for (const name of ["undo", "skip"]) page.root.querySelector(`.label-tools [data-act=${name}]`).disabled = true;
  }
}
