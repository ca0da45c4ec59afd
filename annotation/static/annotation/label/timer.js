// Milliseconds of attention: counts while the tab is visible and something was touched lately.

const IDLE_AFTER = 30_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "scroll", "wheel", "touchstart"];

export class Timer {
  constructor(told = () => {}) {
    this.told = told; // hears true when it counts, false when it rests
    this.total = 0;
    this.since = null;
    this.idle = null;
    const touched = () => this.#touched();
    for (const sign of SIGNS) addEventListener(sign, touched, { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.#touched()));
  }

  start(already = 0) {
    this.total = already;
    this.since = null;
    this.#touched();
  }

  get elapsed() {
    return Math.round(this.total + (this.since === null ? 0 : performance.now() - this.since));
  }

  #touched() {
    if (document.hidden) return;
    if (this.since === null) {
      this.since = performance.now();
      this.told(true);
    }
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.#rest(), IDLE_AFTER);
  }

  #rest() {
    if (this.since === null) return;
    this.total += performance.now() - this.since;
    this.since = null;
    this.told(false);
  }
}
