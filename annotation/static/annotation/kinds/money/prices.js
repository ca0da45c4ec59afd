// A list of prices, answered in one pass: a "no" fills what was left open. What somebody said at a price stays as said.
import { filled } from "./words.js";

export class Prices {
  constructor(box, task, { changed }) {
    this.box = box;
    this.currency = task.currency;
    this.changed = changed;
    this.current = 0;
    this.rows = task.money.prices.map((price, index) => this.#makeRow(price, index));
    for (const button of box.querySelectorAll("[data-every]")) button.addEventListener("click", () => this.#every(button.dataset.every === "yes"));
    const { yes, no, next, previous } = box.dataset;
    this.keys = {
      y: { label: yes, act: () => this.#say(this.current, true, { goesOn: true }) },
      n: { label: no, act: () => this.#say(this.current, false, { goesOn: true }) },
      ArrowDown: { label: next, act: () => this.#go(this.current + 1) },
      ArrowUp: { label: previous, act: () => this.#go(this.current - 1) },
    };
    for (const button of box.querySelectorAll("[data-every][data-key]"))
      this.keys[button.dataset.key] = { label: button.firstChild.textContent.trim(), act: () => button.click() };
    box.hidden = false;
    this.#show();
  }

  #makeRow(price, index) {
    const template = this.box.querySelector("template[data-price-row]");
    const node = template.content.firstElementChild.cloneNode(true);
    const name = filled(this.box.dataset.price, { price, currency: this.currency });
    node.querySelector(".price-name").textContent = name;
    node.setAttribute("aria-label", name);
    const row = { price, node, buys: null, isSaid: false };
    for (const input of node.querySelectorAll("input")) {
      input.name = `price-${index}`;
      input.addEventListener("change", () => this.#say(index, input.value === "yes"));
    }
    node.addEventListener("focusin", () => this.#go(index));
    template.parentElement.append(node);
    return row;
  }

  focus() {
    this.#go(0);
  }

  #go(index) {
    this.current = Math.max(0, Math.min(this.rows.length - 1, index));
    this.rows.forEach(({ node }, at) => node.classList.toggle("is-current", at === this.current));
    this.rows[this.current]?.node.scrollIntoView({ block: "nearest" });
  }

  #every(buys) {
    for (const row of this.rows) row.isSaid = false;
    this.#say(buys ? this.rows.length - 1 : 0, buys);
  }

  #say(index, buys, { goesOn = false } = {}) {
    Object.assign(this.rows[index], { buys, isSaid: true });
    this.#fill();
    this.#show();
    if (goesOn) this.#go(buys ? index + 1 : index);
    this.changed();
  }

  // Who pays a price pays every lower one, and who refuses one refuses every higher one, unless they say otherwise there.
  #fill() {
    const said = (buys, test) => this.rows.some((row, at) => row.isSaid && row.buys === buys && test(at));
    this.rows.forEach((row, at) => {
      if (row.isSaid) return;
      const isRefusedBelow = said(false, (other) => other < at);
      const isBoughtAbove = said(true, (other) => other > at);
      if (isRefusedBelow && isBoughtAbove) return;
      if (isRefusedBelow) row.buys = false;
      else row.buys = isBoughtAbove || said(false, (other) => other > at) ? true : null;
    });
  }

  #show() {
    for (const { node, buys, isSaid } of this.rows) {
      for (const input of node.querySelectorAll("input")) input.checked = buys !== null && (input.value === "yes") === buys;
      node.classList.toggle("is-filled", buys !== null && !isSaid);
    }
    const { text, isOdd } = this.#meaning();
    const echo = this.box.querySelector("[data-echo]");
    echo.textContent = text;
    echo.classList.toggle("is-odd", isOdd);
  }

  #meaning() {
    const say = (name, values) => filled(this.box.dataset[name], { currency: this.currency, ...values });
    const bought = this.rows.filter((row) => row.buys === true).map((row) => row.price);
    const refused = this.rows.filter((row) => row.buys === false).map((row) => row.price);
    if (bought.length + refused.length < this.rows.length) return { text: "", isOdd: false };
    const first = this.rows.findIndex((row) => row.buys === false);
    const later = this.rows.find((row, at) => first >= 0 && at > first && row.buys);
    if (later) return { text: say("switches", { refused: this.rows[first].price, bought: later.price }), isOdd: true };
    if (!refused.length) return { text: say("all", { low: bought.at(-1) }), isOdd: false };
    if (!bought.length) return { text: say("none", { high: refused[0] }), isOdd: false };
    return { text: say("upTo", { low: bought.at(-1), high: refused[0] }), isOdd: false };
  }

  read() {
    const open = this.rows.find((row) => row.buys === null);
    if (open) return { missing: this.box.dataset.missing, field: open.node.querySelector("input") };
    return { rows: this.rows.map(({ price, buys }) => ({ price, buys })) };
  }

  write(answer) {
    for (const [index, said] of (answer.rows ?? []).entries()) {
      const row = this.rows[index];
      if (row && typeof said.buys === "boolean") Object.assign(row, { buys: said.buys, isSaid: true });
    }
    this.#show();
  }

  draft() {
    return { rows: this.rows.map(({ price, buys }) => ({ price, buys })) };
  }
}
