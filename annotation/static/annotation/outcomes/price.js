// The price that was sealed before the answer, opened: who buys, what changes, and whether the seal fits.
import { fits, shownBefore } from "../kinds/money/seal.js";

export async function draw(detail) {
  const node = document.getElementById("outcome-price").content.firstElementChild.cloneNode(true);
  const { currency, entries } = detail;
  const entry = (kind) => entries.find((one) => one.kind === kind)?.amount ?? "0";
  const money = (amount) => `${amount} ${currency}`;
  const values = {
    price: money(detail.price),
    amount: money(detail.amount),
    endowment: `+ ${money(entry("endowment"))}`,
    purchase: money(entry("purchase").replace("-", "\u2212 ")),
    balance: money(detail.balance),
    commitment: detail.commitment,
    command: `printf %s '${detail.nonce}:${detail.price}' | sha256sum`,
  };
  for (const place of node.querySelectorAll("[data-put]")) place.textContent = values[place.dataset.put];
  const isTie = "preferred" in detail && detail.preferred === null && !detail.is_single;
  keepOnly(node, "if", isTie ? "tie" : detail.buys ? "buys" : "keeps");
  keepOnly(node, "check", await checked(detail));
  return node;
}

async function checked(detail) {
  const seen = shownBefore(detail.assignment);
  const isRight = await fits(detail);
  if (isRight === false || (seen !== null && seen !== detail.commitment)) return "differs";
  if (isRight === null) return ""; // no claim without a computation: the command below says how
  return seen === null ? "unseen" : "fits";
}

function keepOnly(node, name, wanted) {
  for (const part of node.querySelectorAll(`[data-${name}]`)) if (part.dataset[name] !== wanted) part.remove();
}
