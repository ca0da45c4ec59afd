// A number from 1 to 5 on each aspect; a digit, or a thumb, rates the aspect in hand and moves on to the next. On a phone
// only the aspect in hand is open, and the others are steps that lead to them: the answer needs the room.

export function mount(form, task, page) {
  const rows = [...form.querySelectorAll("[data-aspect]")];
  const steps = [...form.querySelectorAll("[data-step]")];
  let current = 0;
  let isByPointer = false;

  const inputs = (row) => [...row.querySelectorAll("input[type=radio]")];
  const value = (row) => inputs(row).find((input) => input.checked)?.value ?? null;
  const isWhole = () => rows.every((row) => value(row) !== null);

  function go(index) {
    current = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, at) => row.classList.toggle("is-current", at === current));
    show();
  }

  function show() {
    steps.forEach((step, at) => {
      step.setAttribute("aria-pressed", String(at === current));
      step.querySelector("[data-mark]").textContent = value(rows[at]) ?? "";
    });
  }

  function goOn() {
    const open = rows.findIndex((candidate) => value(candidate) === null);
    go(open === -1 ? current : open);
  }

  function rate(number) {
    const row = rows[current];
    const input = inputs(row).find((candidate) => candidate.value === number);
    if (!input) return;
    input.checked = true;
    goOn();
    page.changed();
    if (isWhole()) page.chosen();
  }

  rows.forEach((row, index) => {
    row.addEventListener("focusin", () => go(index));
    row.addEventListener("pointerdown", () => (isByPointer = true));
    row.addEventListener("keydown", () => (isByPointer = false)); // arrows try one mark after the other: they stay
    row.addEventListener("change", () => {
      if (isByPointer) goOn();
      else show();
      page.changed();
      if (isWhole()) page.chosen();
    });
  });
  steps.forEach((step, index) => step.addEventListener("click", () => go(index)));
  go(0);

  const keys = {};
  for (const number of ["1", "2", "3", "4", "5"]) keys[number] = { label: `${form.dataset.rate} ${number}`, act: () => rate(number) };
  keys.ArrowDown = { label: form.dataset.nextAspect, act: () => go(current + 1) };
  keys.ArrowUp = { label: form.dataset.previousAspect, act: () => go(current - 1) };

  return {
    read() {
      if (!isWhole()) return { missing: form.dataset.missing };
      return { answer: { ratings: Object.fromEntries(rows.map((row) => [row.dataset.aspect, Number(value(row))])) } };
    },
    write(answer) {
      for (const row of rows) {
        for (const input of inputs(row)) input.checked = input.value === String(answer.ratings?.[row.dataset.aspect]);
      }
      goOn();
    },
    keys,
  };
}
