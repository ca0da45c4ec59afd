// The known answer of the task that was just judged, where the project shows it.

import { element } from "../label/nodes.js";

export function draw({ is_right: isRight, words, explanation, about }, page) {
  const texts = page.words.trust;
  const verdict = element("p", isRight ? texts.right : texts.wrong, `notice notice-${isRight ? "good" : "warn"}`);
  const known = element("p", texts.known.replace("{answer}", words));
  const question = element("p", about, "muted small");
  question.dir = "auto";
  const parts = [verdict, question, known];
  if (explanation) parts.push(element("p", explanation, "preserve-lines"));
  const section = element("section", "", "stack");
  section.append(...parts);
  return section;
}
