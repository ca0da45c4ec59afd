// Brings tasks: the one in hand, the one after it, one that was given back; and says why there is none.

const RENEW_SHARE = 0.5; // a lease is renewed when half of it is over
const ASK_AGAIN = 5_000; // while the connection is dead

export class Dealer {
  constructor(page) {
    this.page = page;
    this.isDealing = this.isAsked = false;
    this.renewal = null;
    this.sent = new Set(); // assignments that were answered: a slower call may still bring one of them
  }

  // One at a time: a call during another makes it look once more, as what is in hand may have changed meanwhile.
  async deal() {
    const { page } = this;
    this.isAsked = true;
    if (this.isDealing || page.review.isOpen) return;
    this.isDealing = true;
    try {
      while (this.isAsked && !page.review.isOpen) {
        this.isAsked = false;
        if (!page.current && !this.advance()) await this.#fetchCurrent();
        if (page.current && !page.ahead) await this.#fetchAhead();
      }
    } finally {
      this.isDealing = false;
    }
  }

  // A task that one gave back, by a link from an answered question.
  async reopen(assignment) {
    const { page } = this;
    const response = await this.ask(() => page.api.reopen(assignment));
    if (response?.ok) return page.open(await response.json());
    await this.deal();
    return page.say((await response?.json().catch(() => ({})))?.detail ?? page.words.broken, "error");
  }

  // The task after this one comes to the front; false where there is none.
  advance() {
    const next = this.page.ahead;
    this.page.ahead = null;
    if (next) this.page.open(next);
    return Boolean(next);
  }

  // Two calls under way at once may bring the same task, even when it has been answered meanwhile.
  #isNew(task) {
    return !this.page.holding.includes(task.assignment) && !this.sent.has(task.assignment);
  }

  // What an answer's own round trip brought.
  take(next) {
    const { page } = this;
    if (next && this.#isNew(next)) {
      if (!page.current) page.open(next);
      else page.ahead ??= next;
      page.showProgress(next.progress);
    }
    this.deal();
  }

  // The server's answer whatever it is; null where the connection is dead.
  async ask(call) {
    const begun = performance.now();
    try {
      const response = await call();
      const isLate = this.page.heard > begun; // an answer was taken since: the person has signed in
      if (response.status === 401 && !isLate) this.page.panels.signIn();
      return response;
    } catch {
      this.page.say(this.page.words.offline, "waiting");
      setTimeout(() => this.deal(), ASK_AGAIN);
      return null;
    }
  }

  async #fetchCurrent() {
    const { page } = this;
    const response = await this.ask(() => page.api.next(page.config.project, []));
    if (!response) return;
    if (response.status === 204) this.#nothing(response.headers, Number(response.headers.get("Retry-After") ?? 15));
    else if (response.ok) this.#bring(await response.json());
    else if (await page.standing.bars(response)) return;
    else page.say((await response.json().catch(() => ({}))).detail ?? page.words.broken, "error");
  }

  // What was answered comes again where its answer is still under way, or was when this call was made: asked again after that,
  // the server is right.
  #bring(task) {
    const { page } = this;
    if (page.current) page.ahead ??= this.#isNew(task) ? task : null;
    else if (!this.sent.has(task.assignment)) page.open(task);
    else if (page.outbox.entries().length) page.root.dataset.state = "sending"; // deals again once they are away
    else this.isAsked = this.sent.delete(task.assignment);
  }

  async #fetchAhead() {
    const { page } = this;
    if (page.config.leases < 2) return;
    const response = await this.ask(() => page.api.next(page.config.project, page.holding));
    if (!response?.ok || response.status === 204) return;
    const task = await response.json();
    if (this.#isNew(task)) page.ahead ??= task;
  }

  #nothing(headers, seconds) {
    const { page } = this;
    const state = headers.get("X-Reason") === "done" ? "done" : "waiting";
    page.cover.clear();
    page.view.clear();
    page.find("form").replaceChildren();
    page.root.dataset.state = state;
    const told = page.root.querySelector(`[data-for=${state}] [data-why]`);
    told.dataset.usual ??= told.textContent;
    told.textContent = page.words.why[headers.get("X-Why")] ?? told.dataset.usual;
    if (state === "waiting") setTimeout(() => page.current || this.deal(), seconds * 1000);
  }

  // Keeps the task in hand and the one after it, also while one looks back.
  renew(task) {
    if (!task.lease_expires_at) return;
    clearTimeout(this.renewal);
    const { page } = this;
    const left = new Date(task.lease_expires_at) - Date.now();
    const wait = Math.max(5_000, Math.min(left, page.config.leaseSeconds * 1000) * RENEW_SHARE);
    this.renewal = setTimeout(async () => {
      const inHand = page.review.kept?.task ?? page.current;
      if (inHand?.assignment !== task.assignment) return;
      const held = document.hidden ? [] : [task, page.ahead].filter(Boolean);
      const answers = await Promise.all(held.map((each) => page.api.extend(each.assignment).catch(() => null)));
      const body = answers[0]?.ok ? await answers[0].json() : {};
      this.renew({ ...task, lease_expires_at: body.lease_expires_at ?? task.lease_expires_at });
    }, wait);
  }
}
