// Is this answer good enough? One key a judgment.
import { Choices } from "../label/choices.js";

export function mount(form, task, page) {
  const choices = new Choices(form.querySelectorAll("[data-choice]"), () => {
    page.changed();
    page.chosen();
  });
  return {
    isOneChoice: true,
    read() {
      if (!choices.chosen) return { missing: form.dataset.missing };
      return { answer: { desirable: choices.chosen.dataset.desirable === "true" } };
    },
    write(answer) {
      choices.pick(choices.find((button) => button.dataset.desirable === String(answer.desirable)));
    },
    keys: choices.keys,
  };
}
