// One amount, typed or chosen. What is wrong with it is said at the field; what it means is said below it.
import { readTyped, units, written } from "./decimal.js";
import { filled } from "./words.js";

const PATIENCE = 700; // ms after the last key until an amount that may still become right is called wrong

export class Amount {
  constructor(box, task, { changed, side }) {
    this.box = box;
    this.money = task.money;
    this.currency = task.currency;
    this.changed = changed;
    this.side = side; // () → "1", "2", or "" where there is one answer
    this.input = box.querySelector("[data-amount]");
    this.keys = {};
    box.querySelector("[data-currency]").textContent = task.currency;
    this.#makeShortcuts();
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("blur", () => this.show());
    this.input.addEventListener("keydown", (event) => this.#pressed(event));
    box.hidden = false;
    this.show();
  }

  #makeShortcuts() {
    const template = this.box.querySelector("template[data-shortcut]");
    for (const [index, amount] of this.money.shortcuts.entries()) {
      const button = template.content.firstElementChild.cloneNode(true);
      button.dataset.set = amount;
      button.dataset.key = `Shift+${index + 1}`;
      button.querySelector("span").textContent = amount;
      button.querySelector("kbd").textContent = `⇧${index + 1}`;
      template.parentElement.append(button);
    }
    for (const button of this.box.querySelectorAll("[data-set]")) {
      button.addEventListener("click", () => this.set(button.dataset.set));
      this.keys[button.dataset.key] = { label: button.querySelector("span")?.textContent ?? button.firstChild.textContent.trim(), act: () => button.click(), inFields: true };
    }
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  set(amount) {
    this.input.value = amount;
    this.show();
    this.changed();
  }

  #typed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.show(), PATIENCE);
    this.show({ isTyping: true });
    this.changed();
  }

  #pressed(event) {
    if (event.key === "Enter") this.show();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const ladder = ["0", ...this.money.shortcuts];
    const now = readTyped(this.input.value, this.currency).plain;
    const found =
      event.key === "ArrowUp"
        ? ladder.find((amount) => now === undefined || units(amount) > units(now))
        : ladder.findLast((amount) => now === undefined || units(amount) < units(now));
    if (found !== undefined) this.set(found);
  }

  // {amount} or {fault, sentence}
  check() {
    if (!this.input.value.trim()) return { fault: "missing", sentence: this.box.dataset.missing };
    const read = readTyped(this.input.value, this.currency);
    if (read.fault) return { fault: read.fault, sentence: this.#say(read.fault, read) };
    const { minimum, maximum, step } = this.money;
    const [amount, least, most, width] = [read.plain, minimum, maximum, step].map(units);
    if (amount === 0n) return { amount: read.plain };
    if (amount < least || amount > most) return { fault: amount > most ? "above" : "below", sentence: this.#say("outside", { least: minimum, most: maximum }) };
    const rest = (amount - least) % width;
    if (!rest) return { amount: read.plain };
    const below = written(amount - rest, step);
    const above = amount - rest + width > most ? "" : written(amount - rest + width, step);
    return { fault: "betweenSteps", sentence: above ? this.#say("betweenSteps", { step, below, above }) : this.#say("outside", { least: minimum, most: maximum }) };
  }

  #say(name, values) {
    return filled(this.box.dataset[name], { currency: this.currency, ...values });
  }

  // While somebody types, only what more digits cannot mend is called wrong.
  show({ isTyping = false } = {}) {
    const found = this.check();
    const isWrong = found.fault && found.fault !== "missing" && !(isTyping && ["below", "betweenSteps", "noAmount"].includes(found.fault));
    this.box.querySelector("[data-fault]").textContent = isWrong ? found.sentence : "";
    this.input.setAttribute("aria-invalid", String(Boolean(isWrong)));
    const { minimum: least, maximum: most, step } = this.money;
    const isNothing = found.amount !== undefined && units(found.amount) === 0n;
    const meaning = found.amount === undefined ? this.#say("range", { least, most, step }) : this.#say(isNothing ? "nothing" : "worth", { amount: found.amount, side: this.side() });
    this.box.querySelector("[data-echo]").textContent = isWrong ? "" : meaning;
    for (const button of this.box.querySelectorAll("[data-set]"))
      button.setAttribute("aria-pressed", String(found.amount !== undefined && units(button.dataset.set) === units(found.amount)));
  }

  read() {
    const { amount, sentence } = this.check();
    return amount === undefined ? { missing: sentence, field: this.input } : { amount };
  }

  write(answer) {
    if (answer.amount === undefined) return;
    this.input.value = answer.amount;
    this.show();
  }

  draft() {
    return { amount: this.input.value };
  }
}
