// Texts that may distress are covered until the person uncovers them: blurred for the eye, out of reach for a reader of screens.

export class Cover {
  constructor(page) {
    this.page = page;
    this.notice = page.find("cover");
    this.covered = ["conversation", "answers", "question"].map((name) => page.find(name));
    this.isLaid = false;
  }

  lay(task) {
    const isMarked = "content_warning" in task;
    this.notice.querySelector("[data-warning]").textContent = task.content_warning || (isMarked ? this.page.words.marked : this.page.words.covered);
    this.#set(isMarked || this.page.config.coversAll);
  }

  lift() {
    if (!this.isLaid) return;
    this.#set(false);
    this.page.find("question").focus({ preventScroll: true });
  }

  clear() {
    this.#set(false);
  }

  // Nothing is held against somebody who does not want to read it.
  skip() {
    if (this.page.current && !this.page.review.isOpen) this.page.skipped(this.page.current, "harmful");
  }

  #set(isLaid) {
    this.isLaid = isLaid;
    this.notice.hidden = !isLaid;
    this.page.root.classList.toggle("is-covered", isLaid);
    for (const part of this.covered) {
      part.inert = isLaid;
      part.setAttribute("aria-hidden", String(isLaid));
    }
    if (isLaid) this.notice.querySelector("[data-act=uncover]").focus({ preventScroll: true });
  }
}
