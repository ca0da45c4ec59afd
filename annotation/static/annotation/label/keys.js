// Keys act like the buttons that show them. They rest while somebody types.

const TYPED_INTO = "input:not([type=radio]):not([type=checkbox]):not([type=button]), textarea, select, [contenteditable=true]";

export function nameOf(event) {
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  // With Shift held a digit key gives another character; the place of the key tells the digit.
  if (event.shiftKey && /^(Digit|Numpad)[0-9]$/.test(event.code)) return `${control}Shift+${event.code.at(-1)}`;
  if (event.key === " ") return `${control}Space`;
  if (event.key.length > 1) return `${control}${event.shiftKey ? "Shift+" : ""}${event.key}`;
  return `${control}${event.key.toLowerCase()}`;
}

// What a button says, without the key on it.
export function wordsOf(button) {
  return [...button.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join("").trim();
}

export class Keys {
  constructor(root = document) {
    this.layers = []; // the last one asked first
    root.addEventListener("keydown", (event) => this.#pressed(event));
  }

  // bindings: {"1": {label, act, inFields?}}; returns how to take them away again
  add(bindings) {
    this.layers.push(bindings);
    return () => {
      this.layers = this.layers.filter((layer) => layer !== bindings);
    };
  }

  all() {
    const seen = new Map();
    for (const layer of [...this.layers].reverse())
      for (const [key, binding] of Object.entries(layer)) if (!seen.has(key)) seen.set(key, binding);
    return seen;
  }

  #pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (document.querySelector("dialog[open]")) return; // a dialog has its own keys
    const binding = this.all().get(nameOf(event));
    if (!binding) return;
    const typing = event.target.closest?.(TYPED_INTO);
    if (typing && !binding.inFields) return;
    if (event.target.closest?.("button, a, summary") && ["Enter", "Space"].includes(event.key === " " ? "Space" : event.key)) return;
    event.preventDefault();
    if (!event.repeat) binding.act(event);
  }
}
