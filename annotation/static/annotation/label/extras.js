// What a project asks beside the answer itself: reason, critique, rewrite, flags, verdicts per aspect, marked spans.
import { make } from "./view.js";

const codePoints = (text) => Array.from(text).length;

export class Extras {
  constructor(root, { changed, say, words }) {
    this.root = root;
    this.changed = changed;
    this.words = words;
    this.spans = [];
    this.task = null;
    root.addEventListener("input", changed);
    root.addEventListener("change", changed);
    for (const button of root.querySelectorAll("[data-span]")) {
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // or the selection would be gone
      button.addEventListener("click", () => say(this.markSelection(button.dataset.span) ?? ""));
    }
  }

  // True when something is asked beyond one choice, so that choosing does not send at once.
  get asksMore() {
    return this.root.querySelector("[data-extra]") !== null;
  }

  open(task, answers) {
    this.task = task;
    this.answers = answers;
    this.spans = [];
    for (const input of this.root.querySelectorAll("input, textarea, select")) {
      if (["radio", "checkbox"].includes(input.type)) input.checked = false;
      else input.value = "";
    }
    this.#showSpans();
  }

  read() {
    const extras = {};
    for (const field of this.root.querySelectorAll("textarea[data-extra]")) {
      if (field.value.trim()) extras[field.dataset.extra] = field.value.trim();
      else if (field.required) return { missing: field.dataset.missing, field };
    }
    const flags = [...this.root.querySelectorAll("[data-extra=flags] input:checked")].map((input) => input.value);
    if (flags.length) extras.flags = flags;
    const aspects = {};
    for (const row of this.root.querySelectorAll("[data-extra=aspects] [data-aspect]")) {
      const input = row.querySelector("input:checked");
      if (input) aspects[row.dataset.aspect] = input.value ? this.task.responses[Number(input.value) - 1].id : null;
    }
    if (Object.keys(aspects).length) extras.aspects = aspects;
    if (this.spans.length) extras.spans = this.spans;
    return { extras };
  }

  write(answer) {
    for (const field of this.root.querySelectorAll("textarea[data-extra]")) field.value = answer[field.dataset.extra] ?? "";
    for (const input of this.root.querySelectorAll("[data-extra=flags] input")) input.checked = (answer.flags ?? []).includes(input.value);
    for (const row of this.root.querySelectorAll("[data-extra=aspects] [data-aspect]")) {
      if (!(row.dataset.aspect in (answer.aspects ?? {}))) continue;
      const id = answer.aspects[row.dataset.aspect];
      const side = id ? String(this.task.responses.findIndex((response) => response.id === id) + 1) : "";
      for (const input of row.querySelectorAll("input")) input.checked = input.value === side;
    }
    this.spans = answer.spans ?? [];
    this.#showSpans();
  }

  // Marks what is selected in the plain text of an answer. Offsets count Unicode code points, the end is exclusive.
  markSelection(label) {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return this.words.selectFirst;
    const range = selection.getRangeAt(0);
    const body = range.commonAncestorContainer.parentElement?.closest(".answer-plain") ?? null;
    if (!body) return this.words.selectFirst;
    const before = document.createRange();
    before.selectNodeContents(body);
    before.setEnd(range.startContainer, range.startOffset);
    const start = codePoints(before.toString());
    const quote = range.toString();
    const response = body.closest("[data-response]").dataset.response;
    this.spans.push({ response, start, end: start + codePoints(quote), quote, label });
    selection.removeAllRanges();
    this.#showSpans();
    this.changed();
    return null;
  }

  // The answers as plain text, so that offsets are those of what is stored.
  showPlain() {
    for (const card of this.answers.children) {
      const response = this.task.responses.find((candidate) => candidate.id === card.dataset.response);
      card.querySelector(".answer-body").replaceChildren(make("div", { class: "plain answer-plain", dir: "auto" }, ...this.#pieces(response)));
    }
  }

  #pieces(response) {
    const text = Array.from(response.text);
    const mine = this.spans.filter((span) => span.response === response.id).sort((one, other) => one.start - other.start);
    const pieces = [];
    let at = 0;
    for (const span of mine) {
      if (span.start < at) continue;
      pieces.push(text.slice(at, span.start).join(""), make("mark", { class: "span", title: span.label }, text.slice(span.start, span.end).join("")));
      at = span.end;
    }
    pieces.push(text.slice(at).join(""));
    return pieces;
  }

  #showSpans() {
    const list = this.root.querySelector("[data-extra=spans] [data-list]");
    if (!list) return;
    this.showPlain();
    list.replaceChildren(
      ...this.spans.map((span, index) => {
        const drop = make("button", { type: "button", class: "button button-quiet" }, this.words.remove);
        drop.addEventListener("click", () => {
          this.spans.splice(index, 1);
          this.#showSpans();
          this.changed();
        });
        const number = this.task.responses.findIndex((response) => response.id === span.response) + 1;
        return make("li", {}, make("b", {}, span.label), ` ${this.words.answer} ${number}: “${span.quote}” `, drop);
      }),
    );
  }
}
