// What a tried answer would have become.

import { element } from "../label/nodes.js";

export function draw({ row, beside }, page) {
  const texts = page.words.tried;
  const section = element("section", "", "stack");
  const code = element("pre", row, "code code-tall tried-row");
  code.tabIndex = 0;
  section.append(element("p", texts.unwritten), code);
  const kept = Object.entries(beside);
  if (kept.length) {
    const list = element("dl", "", "facts");
    for (const [name, value] of kept) list.append(element("dt", name), element("dd", String(value)));
    section.append(element("p", texts.beside), list);
  }
  return section;
}
