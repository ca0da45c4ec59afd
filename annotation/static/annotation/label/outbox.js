// Answers on their way: kept in local storage until the server has acknowledged them.
// Sending twice is safe, because the server answers 200 to the same answer again; so nothing is lost and nothing counted twice.

const WAITS = [1, 2, 5, 10, 20, 30]; // seconds between tries

export class Outbox {
  // send(entry) → Response; told(event, detail) hears "sent", "waiting", "signin", "refused", "empty"
  constructor(person, send, told) {
    this.prefix = `touchstone.outbox.${person}.`;
    this.send = send;
    this.told = told;
    this.tries = 0;
    this.timer = null;
    this.busy = null;
    addEventListener("online", () => this.flush());
    addEventListener("focus", () => this.isWaiting && this.flush());
  }

  get isWaiting() {
    return this.timer !== null;
  }

  entries() {
    const found = [];
    for (let index = 0; index < localStorage.length; index += 1) {
      const key = localStorage.key(index);
      if (key.startsWith(this.prefix)) found.push({ key, ...JSON.parse(localStorage.getItem(key)) });
    }
    return found.sort((one, other) => one.at - other.at);
  }

  // Keeps the answer, then sends all there is. Resolves to the server's body for this entry, or null when it has to wait.
  async put(assignment, body) {
    const key = this.prefix + assignment;
    localStorage.setItem(key, JSON.stringify({ assignment, body, at: Date.now() }));
    const bodies = await this.flush();
    return bodies.get(assignment) ?? null;
  }

  // One pass at a time; a call during a pass waits for it and makes another.
  async flush() {
    const before = this.busy;
    const pass = (async () => {
      if (before) await before;
      return this.#pass();
    })();
    this.busy = pass;
    const bodies = await pass;
    if (this.busy === pass) this.busy = null;
    return bodies;
  }

  async #pass() {
    clearTimeout(this.timer);
    this.timer = null;
    const bodies = new Map();
    for (const entry of this.entries()) {
      const outcome = await this.#try(entry);
      if (outcome === "wait") {
        this.#later();
        return bodies;
      }
      if (outcome === "signin") return bodies;
      bodies.set(entry.assignment, outcome);
    }
    this.tries = 0;
    this.told("empty");
    return bodies;
  }

  async #try(entry) {
    let response;
    try {
      response = await this.send(entry);
    } catch {
      return "wait"; // the connection is dead
    }
    if (response.status === 401 || response.status === 403) {
      this.told("signin", entry);
      return "signin";
    }
    if (response.status === 429 || response.status >= 500) return "wait";
    const body = await response.json().catch(() => ({}));
    localStorage.removeItem(entry.key);
    this.told(response.ok ? "sent" : "refused", { entry, body });
    return body;
  }

  #later() {
    const seconds = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(() => this.flush(), seconds * 1000);
    this.told("waiting", { seconds, count: this.entries().length });
  }
}
