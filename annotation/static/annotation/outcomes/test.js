// How an attempt at the project's test has ended.

import { element } from "../label/nodes.js";

export function draw({ passed, right, asked, pass_mark: passMark }, page) {
  const texts = page.words.trust;
  const section = element("section", "", "stack");
  const score = texts.score.replace("{right}", right).replace("{asked}", asked).replace("{mark}", Math.round(100 * passMark));
  section.append(element("p", passed ? texts.passed : texts.notPassed, `notice notice-${passed ? "good" : "warn"}`), element("p", score));
  return section;
}
