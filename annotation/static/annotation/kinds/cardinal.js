// What a better answer is worth: a side and an amount, a side and a list of prices, or one amount.
import { Choices } from "../label/choices.js";

export function mount(form, task, page) {
  const ids = task.responses.map((response) => response.id);
  const choices = new Choices(form.querySelectorAll("[data-choice]"), (button) => chose(button));
  const money = form.querySelector("[data-money]");
  const amount = form.querySelector("input[data-amount]");
  const rows = [...form.querySelectorAll("[data-price]")];
  const isSingle = ids.length === 1;
  let current = 0;

  const preferred = () => (choices.chosen?.dataset.side ? ids[Number(choices.chosen.dataset.side) - 1] : null);

  function chose() {
    showMoney();
    page.mark(preferred());
    page.changed();
    if (preferred() === null) page.chosen();
    else if (amount) amount.focus();
    else go(0);
  }

  function showMoney() {
    if (!isSingle) money.hidden = preferred() === null;
    money.querySelectorAll("[data-if-side]").forEach((node) => {
      node.hidden = node.dataset.ifSide !== choices.chosen?.dataset.side;
    });
  }

  const radios = (row) => [...row.querySelectorAll("input[type=radio]")];
  const buys = (row) => radios(row).find((input) => input.checked)?.value ?? null;

  function go(index) {
    current = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, at) => row.classList.toggle("is-current", at === current));
    rows[current]?.scrollIntoView({ block: "nearest" });
  }

  function answerRow(value) {
    if (money.hidden || !rows.length) return;
    radios(rows[current]).find((input) => input.value === value).checked = true;
    if (current < rows.length - 1) go(current + 1);
    page.changed();
  }

  rows.forEach((row, index) => {
    row.addEventListener("focusin", () => go(index));
    row.addEventListener("change", () => page.changed());
  });
  amount?.addEventListener("input", () => page.changed());
  form.querySelectorAll("[data-set]").forEach((button) =>
    button.addEventListener("click", () => {
      amount.value = button.dataset.set;
      amount.focus();
      page.changed();
    }),
  );

  const keys = { ...choices.keys };
  if (rows.length) {
    keys.y = { label: form.dataset.yes, act: () => answerRow("yes") };
    keys.n = { label: form.dataset.no, act: () => answerRow("no") };
    keys.ArrowDown = { label: form.dataset.nextPrice, act: () => go(current + 1) };
    keys.ArrowUp = { label: form.dataset.previousPrice, act: () => go(current - 1) };
  }

  function readMoney() {
    if (rows.length) {
      if (rows.some((row) => buys(row) === null)) return { missing: form.dataset.missingRows };
      return { rows: rows.map((row) => ({ price: row.dataset.price, buys: buys(row) === "yes" })) };
    }
    const said = amount.value.trim().replace(",", ".");
    if (!/^\d+(\.\d+)?$/.test(said)) return { missing: form.dataset.missingAmount, field: amount };
    return { amount: said };
  }

  if (isSingle) money.hidden = false;
  else showMoney();

  return {
    read() {
      if (!isSingle && !choices.chosen) return { missing: form.dataset.missing };
      if (!isSingle && preferred() === null) return { answer: { preferred: null, amount: "0" } };
      const said = readMoney();
      if (said.missing) return said;
      return { answer: isSingle ? said : { preferred: preferred(), ...said } };
    },
    write(answer) {
      if (!isSingle) {
        const side = answer.preferred ? String(ids.indexOf(answer.preferred) + 1) : "";
        choices.pick("preferred" in answer ? choices.find((button) => (button.dataset.side ?? "") === side) : null);
        showMoney();
        page.mark(preferred());
      }
      if (amount && answer.amount !== undefined) amount.value = answer.amount;
      for (const [index, said] of (answer.rows ?? []).entries())
        for (const input of rows[index] ? radios(rows[index]) : []) input.checked = input.value === (said.buys ? "yes" : "no");
    },
    keys,
  };
}
