// Best first. Digits put answers in order; answers can be dragged; a tie shares a place.

export function mount(form, task, page) {
  const list = form.querySelector("[data-order]");
  const picks = [...form.querySelectorAll("[data-add]")];
  const ids = task.responses.map((response) => response.id);
  let groups = []; // of indexes of answers: best first, ties together

  const isWhole = () => groups.flat().length === ids.length;

  function place(index, { tied = false } = {}) {
    groups = without(index);
    if (tied && groups.length) groups.at(-1).push(index);
    else groups.push([index]);
    show();
  }

  function without(index) {
    return groups.map((group) => group.filter((other) => other !== index)).filter((group) => group.length);
  }

  function move(index, by) {
    const at = groups.findIndex((group) => group.includes(index));
    if (at === -1) return;
    const alone = groups[at].length === 1;
    groups = without(index);
    const target = by < 0 ? (alone ? at - 1 : at) : alone ? at + 1 : at + 1;
    groups.splice(Math.max(0, Math.min(groups.length, target)), 0, [index]);
    show();
    list.querySelector(`[data-index="${index}"] .handle`)?.focus();
  }

  function tie(index) {
    const at = groups.findIndex((group) => group.includes(index));
    if (at < 1) return;
    groups = groups.map((group) => group.filter((other) => other !== index));
    groups[at - 1].push(index);
    groups = groups.filter((group) => group.length);
    show();
    list.querySelector(`[data-index="${index}"] .handle`)?.focus();
  }

  function undo() {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined) groups = without(last);
    show();
  }

  function show() {
    list.replaceChildren(...groups.map((group, at) => row(group, at)));
    const left = ids.map((_, index) => index + 1).filter((number) => !groups.flat().includes(number - 1));
    form.querySelector("[data-left]").textContent = left.join(", ");
    for (const button of picks) button.hidden = !left.includes(Number(button.dataset.add)); // what is in order is moved there
    page.changed();
  }

  function row(group, at) {
    const item = document.createElement("li");
    item.className = "rank";
    item.dataset.place = at;
    const place = document.createElement("span");
    place.className = "rank-place";
    place.textContent = String(groups.slice(0, at).flat().length + 1);
    item.append(place, ...group.map((index) => chip(index)));
    return item;
  }

  function chip(index) {
    const node = form.querySelector("template[data-chip]").content.firstElementChild.cloneNode(true);
    node.dataset.index = index;
    node.querySelector(".rank-name").textContent = `${page.words.answer} ${index + 1}`;
    node.querySelector("[data-up]").addEventListener("click", () => move(index, -1));
    node.querySelector("[data-down]").addEventListener("click", () => move(index, 1));
    node.querySelector("[data-tie]").addEventListener("click", () => tie(index));
    const handle = node.querySelector(".handle");
    handle.addEventListener("keydown", (event) => {
      const act = { ArrowUp: () => move(index, -1), ArrowDown: () => move(index, 1), "=": () => tie(index) }[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    });
    handle.addEventListener("pointerdown", (event) => drag(event, node, index));
    return node;
  }

  // Dropped in the middle of a row it ties; at an edge it takes a place of its own.
  function drag(event, node, index) {
    event.preventDefault();
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    node.classList.add("is-dragged");
    const clear = () => list.querySelectorAll(".drop").forEach((row) => row.classList.remove("drop", "drop-above", "drop-below", "drop-tie"));
    const aim = ({ clientY }) => {
      const rows = [...list.children];
      if (!rows.length) return null;
      const row = rows.find((candidate) => clientY < candidate.getBoundingClientRect().bottom) ?? rows.at(-1);
      const box = row.getBoundingClientRect();
      const share = (clientY - box.top) / box.height;
      return { row, how: share < 0.3 ? "above" : share > 0.7 ? "below" : "tie" };
    };
    const over = (moved) => {
      clear();
      const target = aim(moved);
      target?.row.classList.add("drop", `drop-${target.how}`);
    };
    const done = (dropped) => {
      handle.removeEventListener("pointermove", over);
      node.classList.remove("is-dragged");
      const target = dropped.type === "pointerup" ? aim(dropped) : null;
      clear();
      if (target) drop(index, Number(target.row.dataset.place), target.how);
    };
    handle.addEventListener("pointermove", over);
    handle.addEventListener("pointerup", done, { once: true });
    handle.addEventListener("pointercancel", done, { once: true });
  }

  function drop(index, place, how) {
    const goal = groups[place];
    if (goal.length === 1 && goal[0] === index) return;
    const rest = groups.map((group) => group.filter((other) => other !== index));
    const at = rest.indexOf(rest[place]);
    if (how === "tie") rest[at].push(index);
    else rest.splice(how === "above" ? at : at + 1, 0, [index]);
    groups = rest.filter((group) => group.length);
    show();
  }

  const keys = { Backspace: { label: form.dataset.back, act: undo } };
  ids.forEach((_, index) => {
    keys[String(index + 1)] = { label: `${page.words.answer} ${index + 1}: ${form.dataset.put}`, act: () => place(index) };
    keys[`Shift+${index + 1}`] = { label: `${page.words.answer} ${index + 1}: ${form.dataset.tie}`, act: () => place(index, { tied: true }) };
  });
  for (const button of picks) {
    button.addEventListener("click", () => {
      place(Number(button.dataset.add) - 1);
      picks.find((other) => !other.hidden)?.focus();
    });
  }
  show();

  return {
    read() {
      if (!isWhole()) return { missing: form.dataset.missing };
      return { answer: { order: groups.map((group) => group.map((index) => ids[index])) } };
    },
    write(answer) {
      groups = (answer.order ?? []).map((group) => group.map((id) => ids.indexOf(id)).filter((index) => index !== -1));
      show();
    },
    draft: () => ({ order: groups.map((group) => group.map((index) => ids[index])) }),
    keys,
  };
}
