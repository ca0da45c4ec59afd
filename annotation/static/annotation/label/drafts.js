// What has been begun and not yet sent, per assignment; it survives a reload and a closed tab.

const KEEP_FOR = 7 * 24 * 3600 * 1000;

export class Drafts {
  constructor(person) {
    this.prefix = `touchstone.draft.${person}.`;
    this.#forgetOld();
  }

  save(assignment, value, elapsed) {
    localStorage.setItem(this.prefix + assignment, JSON.stringify({ value, elapsed, at: Date.now() }));
  }

  load(assignment) {
    const text = localStorage.getItem(this.prefix + assignment);
    return text ? JSON.parse(text) : null;
  }

  drop(assignment) {
    localStorage.removeItem(this.prefix + assignment);
  }

  #forgetOld() {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(this.prefix)) continue;
      if (Date.now() - (JSON.parse(localStorage.getItem(key)).at ?? 0) > KEEP_FOR) localStorage.removeItem(key);
    }
  }
}
