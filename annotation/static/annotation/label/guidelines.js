// The guidelines: at hand by a key, and in the way when a version came that this person has not read.

export class Guidelines {
  constructor(page) {
    this.page = page;
    this.isLooking = this.isDue = false;
    this.known = 0; // the newest version that was looked at here
    this.dialog = page.panels.dialog("guidelines");
    this.acts = { guidelines: () => this.show() };
    this.dialog.querySelector("[data-acknowledge]").addEventListener("click", () => this.#acknowledge());
    this.dialog.addEventListener("cancel", (event) => this.isDue && event.preventDefault());
  }

  // A new version is shown before the work goes on; nothing is shown for one that was read.
  async ifNew(version) {
    if (version <= this.known) return;
    this.known = version;
    if (this.page.config.guidelinesRead >= version) return;
    this.isLooking = true;
    const isThere = await this.#load();
    this.isLooking = false;
    if (isThere && this.isDue) this.#open();
  }

  // Whether something has to be read before an answer is taken.
  get isInTheWay() {
    return this.isLooking || (this.isDue && this.dialog.open);
  }

  async show() {
    if (await this.#load()) this.#open();
  }

  async #load() {
    const body = this.dialog.querySelector("[data-body]");
    try {
      const response = await fetch(this.page.config.urls.guidelines, { headers: { "X-Requested-With": "fetch" } });
      if (!response.ok || response.redirected) return body.childElementCount > 0;
      body.innerHTML = await response.text();
    } catch {
      return body.childElementCount > 0; // no connection: what was read last is better than nothing
    }
    const told = body.querySelector("[data-version]");
    this.version = Number(told.dataset.version);
    this.isDue = told.dataset.due === "true";
    this.dialog.querySelector("[data-acknowledge]").hidden = !this.isDue;
    this.dialog.querySelector("[data-close]").hidden = this.isDue;
    return true;
  }

  #open() {
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  async #acknowledge() {
    const response = await this.page.api.read(this.page.config.project, this.version).catch(() => null);
    if (!response?.ok) {
      this.dialog.querySelector("[data-trouble]").hidden = false;
      return;
    }
    this.dialog.querySelector("[data-trouble]").hidden = true;
    this.isDue = false;
    this.page.config.guidelinesRead = this.version;
    this.dialog.close();
    if (this.page.kind) this.page.aim();
    this.page.timer.start(0);
  }
}
