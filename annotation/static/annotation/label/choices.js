// A row of buttons of which one is chosen; each has its key in data-key.
import { wordsOf } from "./keys.js";

export class Choices {
  constructor(buttons, chose) {
    this.buttons = [...buttons];
    this.chosen = null;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => {
        this.pick(button);
        chose(button);
      });
    }
  }

  pick(button) {
    this.chosen = button ?? null;
    for (const other of this.buttons) other.setAttribute("aria-pressed", String(other === this.chosen));
  }

  find(test) {
    return this.buttons.find(test) ?? null;
  }

  get keys() {
    const keys = {};
    for (const button of this.buttons) {
      if (!button.dataset.key) continue;
      keys[button.dataset.key] = { label: button.dataset.label ?? wordsOf(button), act: () => button.click() };
    }
    return keys;
  }
}
