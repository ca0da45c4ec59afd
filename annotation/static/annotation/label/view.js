// Draws a task: the conversation, and the answers side by side in the order in which they were dealt.

import { difference } from "./difference.js";

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// HTML that the server rendered and cleaned; the policy of the page forbids it to run or to load anything.
function rendered(html, extra = "") {
  const node = make("div", { class: `prose ${extra}`, dir: "auto" });
  node.innerHTML = html;
  return node;
}

export class TaskView {
  constructor({ conversation, answers, words }) {
    this.conversation = conversation;
    this.answers = answers;
    this.words = words; // {answer, user, assistant, system}
    this.task = null;
    this.isDifference = false;
    answers.addEventListener("scroll", (event) => this.#scrollTogether(event.target), { capture: true, passive: true });
  }

  show(task) {
    this.task = task;
    this.isDifference = false;
    this.conversation.replaceChildren(...task.prompt.map((message) => this.#message(message)));
    this.answers.dataset.count = task.responses.length;
    this.answers.replaceChildren(...task.responses.map((response, index) => this.#answer(response, index)));
    this.conversation.scrollTop = this.conversation.scrollHeight;
  }

  clear() {
    this.task = null;
    this.conversation.replaceChildren();
    this.answers.replaceChildren();
  }

  mark(chosen) {
    for (const card of this.answers.children) card.classList.toggle("is-chosen", card.dataset.response === chosen);
  }

  // The words in which two answers differ, or the answers as they are.
  toggleDifference() {
    if (this.task?.responses.length !== 2) return false;
    this.isDifference = !this.isDifference;
    const [first, second] = this.task.responses;
    const sides = this.isDifference ? difference(first.text, second.text) : [null, null];
    [...this.answers.children].forEach((card, index) => {
      const body = card.querySelector(".answer-body");
      if (!this.isDifference) return body.replaceChildren(rendered(this.task.responses[index].html));
      const marked = sides[index].map(({ text, same }) => (same ? text : make("mark", { class: "differs" }, text)));
      return body.replaceChildren(make("div", { class: "plain", dir: "auto" }, ...marked));
    });
    return this.isDifference;
  }

  #message({ role, html }) {
    const label = make("span", { class: "who" }, this.words[role] ?? role);
    return make("article", { class: `message message-${role}` }, label, rendered(html));
  }

  #answer(response, index) {
    const number = index + 1;
    const name = `${this.words.answer} ${number}`;
    const heading = make("h2", { class: "answer-name", id: `answer-${number}` }, name);
    const body = make("div", { class: "answer-body", tabindex: "0", role: "region", "aria-labelledby": `answer-${number}` });
    body.append(rendered(response.html));
    return make("article", { class: "answer", "data-response": response.id, "data-number": number }, heading, body);
  }

  #scrollTogether(source) {
    if (!source.classList?.contains("answer-body") || this.following === source) {
      this.following = null;
      return;
    }
    const share = source.scrollTop / Math.max(1, source.scrollHeight - source.clientHeight);
    for (const other of this.answers.querySelectorAll(".answer-body")) {
      if (other === source || !document.body.classList.contains("scrolls-together")) continue;
      this.following = other;
      other.scrollTop = share * (other.scrollHeight - other.clientHeight);
    }
  }
}
