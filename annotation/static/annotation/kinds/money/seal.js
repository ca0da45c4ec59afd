// The seal of a price, shown before the answer and kept until it is opened: what is opened must fit what was shown.
import { filled } from "./words.js";

const place = (assignment) => `touchstone.seal.${assignment}`;

export function showSeal(box, { assignment, currency, money }) {
  const { commitment, prices, minimum: least, maximum: most, step, endowment } = money;
  const drawn = prices.length ? filled(box.dataset.prices, { prices: prices.join(", "), currency }) : filled(box.dataset.steps, { least, most, step, currency });
  box.querySelector("[data-short]").textContent = `${commitment.slice(0, 8)}…`;
  box.querySelector("[data-seal]").textContent = commitment;
  box.querySelector("[data-drawn]").textContent = drawn;
  box.querySelector("[data-endowment]").textContent = `${endowment} ${currency}`;
  box.hidden = false;
  sessionStorage.setItem(place(assignment), commitment);
}

// What this tab was shown before the answer; null where it was another tab.
export function shownBefore(assignment) {
  return sessionStorage.getItem(place(assignment));
}

// true or false; null where the browser cannot compute (pages without TLS).
export async function fits({ nonce, price, commitment }) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${nonce}:${price}`));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("") === commitment;
}
