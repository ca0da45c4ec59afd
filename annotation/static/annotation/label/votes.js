// The votes on a disputed task, beside the reviewer's own view; shown when asked for, which the server notes.

import { element } from "./nodes.js";

export class Votes {
  constructor(page) {
    this.page = page;
    this.acts = { votes: () => this.#show() };
    this.dialog = page.root.querySelector("dialog[data-panel=votes]");
  }

  async #show() {
    const task = this.page.current;
    if (!task) return;
    const response = await this.page.api.call("POST", `assignments/${task.assignment}/votes/`, {}).catch(() => null);
    if (!response?.ok) {
      this.page.say(this.page.words.broken, "error");
      return;
    }
    const { votes } = await response.json();
    this.dialog.querySelector("[data-list]").replaceChildren(...votes.map((vote) => this.#row(vote)));
    if (!this.dialog.open) this.dialog.showModal();
  }

  #row({ annotator, words, reason }) {
    const row = element("li", "", "stack-tight");
    const name = element("span", annotator, "mono");
    name.translate = false;
    row.append(element("b", words), " ", name);
    if (reason) row.append(element("p", reason, "as-said"));
    return row;
  }
}
