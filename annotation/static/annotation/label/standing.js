// Why there is no work: a pause with its numbers and the way to contest it, a test that is still to be passed, or a
// consent that has lapsed while the page lay open.

export class Standing {
  constructor(page) {
    this.page = page;
    this.texts = page.words.trust;
    this.panel = page.find("barred");
    this.form = this.panel.querySelector("[data-contest]");
    this.isContesting = false;
    this.form.addEventListener("submit", (event) => this.#contest(event));
  }

  // Whether a refusal of the next task has to do with the person; it is shown then.
  async bars(response) {
    if (response.status !== 409) return false;
    if (await this.#isAskedToAgree()) {
      this.page.view.clear();
      location.assign(this.page.config.urls.consent); // it says what has changed, and leads back here
      return true;
    }
    const found = await this.#ask();
    if (!found || (!found.why && found.test.state === "none")) return false;
    const problem = await response.json().catch(() => ({}));
    this.#show(found, found.why || problem.detail);
    return true;
  }

  // The question of a test says that it is one.
  async announce(task) {
    const line = this.page.find("test");
    if (task.purpose !== "qualification") {
      line.hidden = true;
      return;
    }
    const found = await this.#ask();
    if (!found || this.page.current?.assignment !== task.assignment) return;
    const { answered, asked, pass_mark: mark } = found.test;
    const values = { number: Math.min(answered + 1, asked), asked, mark: Math.round(100 * mark) };
    line.textContent = this.texts.inTest.replace(/\{(\w+)\}/g, (_match, name) => values[name]);
    line.hidden = false;
  }

  #show({ pause, test }, why) {
    this.page.view.clear();
    this.page.root.dataset.state = "barred";
    this.panel.querySelector("[data-why]").textContent = why;
    const more = [];
    if (pause?.reason) more.push(this.texts.decided.replace("{reason}", pause.reason));
    if (!pause && test.state === "waiting") more.push(this.texts.again.replace("{when}", new Date(test.again_at).toLocaleString(document.documentElement.lang)));
    this.panel.querySelector("[data-more]").textContent = more.join(" ");
    this.form.hidden = !pause || Boolean(pause.contested_at);
    const elsewhere = this.panel.querySelector("[data-elsewhere]");
    elsewhere.hidden = !test.project || Boolean(pause);
    if (test.project) elsewhere.href = location.pathname.replace(this.page.config.project, test.project);
  }

  async #contest(event) {
    event.preventDefault();
    if (this.isContesting) return;
    this.isContesting = true;
    await this.#sendContest().finally(() => (this.isContesting = false));
  }

  async #sendContest() {
    const text = new FormData(this.form).get("text");
    const response = await this.page.api.contest(this.page.config.project, text).catch(() => null);
    const problem = response?.ok ? null : await response?.json().catch(() => null);
    const said = response?.ok ? this.texts.sent : (problem?.detail ?? this.page.words.offline);
    this.panel.querySelector("[data-more]").textContent = said;
    this.form.hidden = Boolean(response?.ok);
  }

  async #isAskedToAgree() {
    const response = await this.page.api.consent(this.page.config.project).catch(() => null);
    const { state } = response?.ok ? await response.json() : {};
    return ["missing", "changed", "refused", "withdrawn"].includes(state);
  }

  async #ask() {
    const response = await this.page.api.standing(this.page.config.project).catch(() => null);
    return response?.ok ? response.json() : null;
  }
}
