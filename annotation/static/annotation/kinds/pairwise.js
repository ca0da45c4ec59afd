// Which of two answers is better, how clearly, or neither.
import { Choices } from "../label/choices.js";

export function mount(form, task, page) {
  const ids = task.responses.map((response) => response.id);
  const choices = new Choices(form.querySelectorAll("[data-choice]"), (button) => {
    page.mark(sideOf(button));
    page.changed();
    page.chosen();
  });
  const sideOf = (button) => (button.dataset.side ? ids[Number(button.dataset.side) - 1] : null);

  return {
    isOneChoice: true,
    read() {
      const button = choices.chosen;
      if (!button) return { missing: form.dataset.missing };
      const answer = { preferred: sideOf(button) };
      if (button.dataset.strength) answer.strength = Number(button.dataset.strength);
      if (button.dataset.bothBad) answer.both_bad = true;
      return { answer };
    },
    write(answer) {
      const strength = String(answer.strength ?? "");
      const found = choices.find(
        (button) =>
          sideOf(button) === answer.preferred &&
          Boolean(button.dataset.bothBad) === Boolean(answer.both_bad) &&
          (button.dataset.strength ?? "") === strength,
      );
      choices.pick(found);
      page.mark(answer.preferred);
    },
    keys: choices.keys,
  };
}
