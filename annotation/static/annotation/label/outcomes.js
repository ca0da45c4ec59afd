// What an answer brought, shown before the work goes on: one module per name of the reply's "outcome".

export class Outcomes {
  constructor(page) {
    this.page = page;
    this.modules = page.config.outcomes ?? {};
    this.dialog = page.root.querySelector("dialog[data-panel=outcome]");
    this.dialog?.addEventListener("close", () => this.#closed());
  }

  // outcome: {name: detail}; a module's draw(detail, page) gives a node, or null where there is nothing to see.
  async show(outcome) {
    const known = Object.entries(outcome ?? {}).filter(([name]) => this.modules[name]);
    const nodes = await Promise.all(known.map(async ([name, detail]) => (await import(this.modules[name])).draw(detail, this.page)));
    const shown = nodes.filter(Boolean);
    if (!shown.length) return;
    const list = this.dialog.querySelector("[data-list]");
    if (this.dialog.open) return list.append(...shown);
    list.replaceChildren(...shown);
    this.elapsed = this.page.timer.elapsed;
    this.dialog.showModal();
  }

  // Reading what the last answer brought is no time spent on the next one.
  #closed() {
    this.page.timer.start(this.elapsed);
  }
}
