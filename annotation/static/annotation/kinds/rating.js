// A number from 1 to 5 on each aspect; a digit rates the aspect in hand and moves on to the next.

export function mount(form, task, page) {
  const rows = [...form.querySelectorAll("[data-aspect]")];
  let current = 0;

  const inputs = (row) => [...row.querySelectorAll("input[type=radio]")];
  const value = (row) => inputs(row).find((input) => input.checked)?.value ?? null;
  const isWhole = () => rows.every((row) => value(row) !== null);

  function go(index) {
    current = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, at) => row.classList.toggle("is-current", at === current));
  }

  function rate(number) {
    const row = rows[current];
    const input = inputs(row).find((candidate) => candidate.value === number);
    if (!input) return;
    input.checked = true;
    const open = rows.findIndex((candidate) => value(candidate) === null);
    go(open === -1 ? current : open);
    page.changed();
    if (isWhole()) page.chosen();
  }

  rows.forEach((row, index) => {
    row.addEventListener("focusin", () => go(index));
    row.addEventListener("change", () => {
      page.changed();
      if (isWhole()) page.chosen();
    });
  });
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
      for (const row of rows)
        for (const input of inputs(row)) input.checked = input.value === String(answer.ratings?.[row.dataset.aspect]);
    },
    keys,
  };
}
