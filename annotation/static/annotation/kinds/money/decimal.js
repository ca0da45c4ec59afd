// Exact decimals: amounts in millionths, as whole numbers of any size. No amount is ever a float.

const PLACES = 6;

// "1.50" → 1500000n; the text must be plain: digits with at most one point.
export function units(text) {
  const [whole, part = ""] = text.split(".");
  return BigInt(whole + part.padEnd(PLACES, "0").slice(0, PLACES));
}

// 1500000n → "1.5", or with as many decimals as `like` has: "1.50".
export function written(amount, like = "") {
  const digits = String(amount).padStart(PLACES + 1, "0");
  const decimals = (like.split(".")[1] ?? "").length;
  const part = digits.slice(-PLACES).replace(/0+$/, "").padEnd(decimals, "0");
  return digits.slice(0, -PLACES) + (part ? `.${part}` : "");
}

// What people type, in any script and with the decimal mark of their country, as plain text; or what is wrong with it:
// {plain: "1.50"} or {fault: "noAmount" | "negative" | "ambiguous", one, other}.
export function readTyped(typed, currency) {
  let text = asciiDigits(typed).replace(/[\s\u00a0\u202f]/g, "").replace(/٫/g, ".");
  if (currency) text = text.replace(new RegExp(`^${escaped(currency)}|${escaped(currency)}$`, "i"), "");
  if (/^[-−–]/.test(text)) return { fault: "negative" };
  const grouped = /^([1-9]\d{0,2})[,.](\d{3})$/.exec(text);
  if (grouped && text.includes(",")) return { fault: "ambiguous", one: `${grouped[1]}.${grouped[2]}`, other: grouped[1] + grouped[2] };
  text = text.replace(",", ".").replace(/^\./, "0.").replace(/\.$/, "");
  if (!/^\d{1,12}(\.\d{1,20})?$/.test(text) || /\.\d{6}\d*[1-9]/.test(text)) return { fault: "noAmount" };
  return { plain: text };
}

// Digits of other scripts stand in blocks of ten, from their zero.
function asciiDigits(text) {
  return text.replace(/\p{Nd}/gu, (sign) => {
    let value = 0;
    const code = sign.codePointAt(0);
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
    return String(code < 128 ? sign : value);
  });
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
