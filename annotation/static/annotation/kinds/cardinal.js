// What a better answer is worth: a side and an amount, a side and a list of prices, or the worth of one answer.
import { Choices } from "../label/choices.js";
import { Amount } from "./money/amount.js";
import { Prices } from "./money/prices.js";
import { showSeal } from "./money/seal.js";

export function mount(form, task, page) {
  const ids = task.responses.map((response) => response.id);
  const isSingle = ids.length === 1;
  const box = form.querySelector("[data-money]");
  const side = () => choices.chosen?.dataset.side ?? "";
  const preferred = () => (side() ? ids[Number(side()) - 1] : null);
  const choices = new Choices(form.querySelectorAll("[data-choice]"), () => chose());
  const Asks = task.money.elicitation === "list" ? Prices : Amount;
  const worth = new Asks(box.querySelector(`[data-asks=${Asks === Prices ? "prices" : "amount"}]`), task, { changed: () => page.changed(), side });

  const explanation = box.querySelector("[data-explanation]");
  explanation.textContent = task.money.explanation;
  explanation.hidden = !task.money.explanation;

  if (task.money.commitment) showSeal(form.querySelector("[data-sealed]"), task);

  function chose() {
    showMoney();
    page.mark(preferred());
    page.changed();
    if (preferred() === null) return page.chosen();
    if (matchMedia("(pointer: coarse)").matches) box.scrollIntoView({ block: "nearest" }); // a thumb chooses an amount; no keyboard leaps up
    else worth.focus();
    return undefined;
  }

  function showMoney() {
    if (!isSingle) box.hidden = preferred() === null;
    for (const node of box.querySelectorAll("[data-if-side]")) node.hidden = node.dataset.ifSide !== side();
    worth.show?.();
  }

  const whileShown = (keys) =>
    Object.fromEntries(Object.entries(keys).map(([key, { act, ...more }]) => [key, { ...more, act: () => box.hidden || act() }]));

  showMoney();
  return {
    read() {
      if (!isSingle && !choices.chosen) return { missing: form.dataset.missing };
      if (!isSingle && preferred() === null) return { answer: { preferred: null, amount: "0" } };
      const said = worth.read();
      if (said.missing) return said;
      return { answer: isSingle ? said : { preferred: preferred(), ...said } };
    },
    draft() {
      return { ...(choices.chosen ? { preferred: preferred() } : {}), ...worth.draft() };
    },
    write(answer) {
      if (!isSingle && "preferred" in answer) {
        const wanted = answer.preferred ? String(ids.indexOf(answer.preferred) + 1) : "";
        choices.pick(choices.find((button) => (button.dataset.side ?? "") === wanted));
        page.mark(preferred());
      }
      if (isSingle || answer.preferred) worth.write(answer); // "no difference" says 0, and nothing of the side chosen next
      showMoney();
    },
    // One answer has nothing to choose before its amount; a thumb opens the keyboard when it wants to.
    focus() {
      const isFirst = isSingle && Asks === Amount && !matchMedia("(pointer: coarse)").matches;
      if (isFirst) worth.focus();
      return isFirst;
    },
    keys: { ...choices.keys, ...whileShown(worth.keys) },
  };
}
