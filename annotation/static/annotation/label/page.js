// The annotator's page: shows a task, reads the answer, sends it through the outbox.

import { Api } from "./api.js";
import { Cover } from "./cover.js";
import { Dealer } from "./dealer.js";
import { Drafts } from "./drafts.js";
import { Extras } from "./extras.js";
import { Guidelines } from "./guidelines.js";
import { Keys, wordsOf } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Outcomes } from "./outcomes.js";
import { Panels } from "./panels.js";
import { Standing } from "./standing.js";
import { Questions } from "./questions.js";
import { Review } from "./review.js";
import { Timer } from "./timer.js";
import { Votes } from "./votes.js";
import { TaskView } from "./view.js";

class Page {
  #ahead = null;
  #isGivingUp = false; // a second press while the first is on its way means the same task
  #isUndoing = false;

  constructor(root, config, kinds) {
    this.root = root;
    this.config = config;
    this.kinds = kinds;
    this.words = config.words;
    this.api = new Api(config);
    this.drafts = new Drafts(config.person);
    this.outbox = new Outbox(config.person, (entry) => this.api.submit(entry.assignment, entry.body), (event, detail) => this.#told(event, detail));
    this.timer = new Timer((runs) => root.classList.toggle("is-resting", !runs));
    this.view = new TaskView({ conversation: this.find("conversation"), answers: this.find("answers"), words: this.words });
    this.extras = new Extras(this.find("extras"), { changed: () => this.changed(), say: (text) => this.say(text, "error"), words: this.words });
    this.keys = new Keys();
    this.panels = new Panels(this);
    this.dealer = new Dealer(this);
    this.cover = new Cover(this);
    this.guidelines = new Guidelines(this);
    this.questions = new Questions(this);
    this.review = new Review(this);
    this.outcomes = new Outcomes(this);
    this.standing = new Standing(this);
    this.votes = new Votes(this);
    this.current = null; // the task in hand
    this.ahead = null;
    this.delivery = null; // the last answer on its way
    this.last = []; // my last judgments: {judgment, task, answer}
    this.releaseKeys = () => {};
  }

  // The task after the one in hand; the page tells whether it is there, as then work goes on without a connection.
  get ahead() {
    return this.#ahead;
  }

  set ahead(task) {
    this.#ahead = task;
    this.root.toggleAttribute("data-ahead", task !== null);
  }

  find(name) {
    return document.querySelector(`[data-part=${name}]`);
  }

  async start() {
    this.#bindButtons();
    this.showUndo();
    this.questions.watch();
    await this.outbox.flush();
    await this.guidelines.ifNew(this.config.guidelinesVersion);
    const { judgment, assignment } = Object.fromEntries(new URLSearchParams(location.search));
    if (judgment) await this.review.open(judgment);
    else if (assignment) await this.dealer.reopen(assignment);
    await this.dealer.deal();
  }

  #bindButtons() {
    const acts = {
      send: () => this.send(),
      undo: () => this.undo(),
      difference: () => this.#toggle("difference", this.view.toggleDifference()),
      together: () => this.#toggle("together", document.body.classList.toggle("scrolls-together")),
      again: () => this.dealer.deal(),
      back: () => this.review.back(),
      forward: () => this.review.forward(),
      leave: () => this.review.leave(),
      uncover: () => this.cover.lift(),
      harmful: () => this.cover.skip(),
      ...this.panels.acts,
      ...this.votes.acts,
      ...this.guidelines.acts,
      ...this.questions.acts,
    };
    const bindings = {};
    for (const button of this.root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => acts[button.dataset.act]());
      if (!button.dataset.key) continue;
      bindings[button.dataset.key] = { label: button.dataset.label ?? wordsOf(button), act: () => button.disabled || button.offsetParent === null || button.click() };
    }
    bindings["Ctrl+Enter"] = { label: this.words.send, act: () => this.send(), inFields: true };
    bindings.Escape = { label: this.words.leaveField, act: () => this.#escape(), inFields: true };
    this.keys.add(bindings);
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input[data-amount]")) {
        event.preventDefault();
        this.send();
      }
    });
    this.find("form").addEventListener("submit", (event) => event.preventDefault());
  }

  #escape() {
    if (document.activeElement?.matches("input, textarea, select")) document.activeElement.blur();
    else this.review.leave();
  }

  #toggle(name, isOn) {
    this.root.querySelector(`[data-act=${name}]`)?.setAttribute("aria-pressed", String(isOn));
  }

  get holding() {
    return [this.current, this.ahead].filter(Boolean).map((task) => task.assignment);
  }

  // -- one task --------------------------------------------------------------------------------------------------

  open(task, answer = null, elapsed = 0) {
    this.current = task;
    this.guidelines.ifNew(task.guidelines_version);
    this.root.dataset.state = "open";
    this.root.dataset.kind = task.kind;
    this.view.show(task);
    this.cover.lay(task);
    this.#toggle("difference", false);
    this.root.querySelector("[data-act=difference]").hidden = task.responses.length !== 2;
    this.root.querySelector("[data-act=together]").hidden = task.responses.length < 2;
    this.#mount(task);
    this.extras.open(task, this.find("answers"));
    const draft = this.review.isOpen ? null : this.drafts.load(task.assignment);
    const said = draft?.value ?? answer;
    if (said) {
      this.kind.write(said);
      this.extras.write(said);
    }
    this.find("send").disabled = Boolean(this.#said().missing);
    this.timer.start(Math.max(draft?.elapsed ?? 0, elapsed));
    this.showProgress(task.progress);
    task.progress = null; // true when it was dealt: a task that is opened again tells nothing new
    this.standing.announce(task);
    this.dealer.renew(task);
    if (this.find("message").dataset.tone !== "success") this.say(""); // what was done a moment ago is told until the next deed
    this.aim();
    scrollTo({ top: 0 });
  }

  // Where the next key goes: into the one field that there is, or to the buttons.
  aim() {
    if (!this.kind.focus?.()) this.find("question").focus({ preventScroll: true });
  }

  #mount(task) {
    const template = document.getElementById(`kind-${task.kind}${task.responses.length === 1 ? "-single" : ""}`) ?? document.getElementById(`kind-${task.kind}`);
    const form = this.find("form");
    form.replaceChildren(template.content.cloneNode(true));
    const body = form.firstElementChild;
    this.releaseKeys();
    this.kind = null; // what a form says while it is being set up is nobody's answer
    this.kind = this.kinds[task.kind].mount(body, task, {
      words: this.words,
      mark: (response) => this.view.mark(response),
      changed: () => this.changed(),
      chosen: () => this.#chosen(),
    });
    const isFree = () => !this.cover.isLaid && !this.find("form").inert;
    const keys = Object.entries(this.kind.keys).map(([key, { act, ...more }]) => [key, { ...more, act: (event) => isFree() && act(event) }]);
    this.releaseKeys = this.keys.add(Object.fromEntries(keys));
    this.find("send").hidden = this.#sendsAtOnce;
  }

  changed() {
    if (!this.current || !this.kind) return;
    const said = this.#said();
    this.find("send").disabled = Boolean(said.missing);
    if (this.review.isOpen) return;
    this.drafts.save(this.current.assignment, { ...(this.kind.draft?.() ?? {}), ...said.partial, ...(said.answer ?? {}) }, this.timer.elapsed);
  }

  get #sendsAtOnce() {
    return this.kind.isOneChoice === true && !this.extras.asksMore && !this.review.isOpen;
  }

  // A choice that says everything is sent at once, unless the project asks for more.
  #chosen() {
    if (!this.#sendsAtOnce) return;
    if (!this.#said().missing) this.send();
  }

  #said() {
    const { answer, missing, field } = this.kind.read();
    const more = this.extras.read();
    if (missing) return { missing, field, partial: more.extras };
    if (more.missing) return { ...more, partial: answer };
    return { answer: { ...answer, ...more.extras } };
  }

  async send() {
    if (!this.current || this.cover.isLaid || this.guidelines.isInTheWay) return;
    const said = this.#said();
    if (said.missing) {
      this.say(said.missing, "error");
      said.field?.focus();
      return;
    }
    if (this.review.isOpen) return this.review.save(said.answer, this.timer.elapsed);
    const task = this.current;
    this.say("");
    const body = { answer: said.answer, duration_ms: this.timer.elapsed, next: true, holding: this.ahead ? [this.ahead.assignment] : [] };
    this.current = null;
    this.dealer.sent.add(task.assignment);
    if (!this.dealer.advance()) this.root.dataset.state = "sending";
    this.delivery = this.#deliver(task, body);
    return this.delivery;
  }

  async #deliver(task, body) {
    const answered = await this.outbox.put(task.assignment, body);
    this.drafts.drop(task.assignment);
    if (answered?.judgment && !answered.judgment.final) this.remember({ judgment: answered.judgment.id, task, answer: body.answer });
    this.showUndo();
    this.dealer.take(answered?.next);
  }

  remember(last) {
    this.last.push(last);
    this.review.latest = last.judgment;
  }

  // -- undo ------------------------------------------------------------------------------------------------------

  async undo() {
    if (this.#isUndoing) return;
    this.#isUndoing = true;
    await this.#undo().finally(() => (this.#isUndoing = false));
  }

  async #undo() {
    await this.delivery; // a key that comes faster than the answer's own round trip means that answer
    const last = this.last.at(-1);
    if (!last) return this.say(this.words.nothingToUndo, "error");
    const response = await this.dealer.ask(() => this.api.withdraw(last.judgment));
    if (!response) return undefined;
    if (!response.ok) return this.say((await response.json().catch(() => ({}))).detail ?? this.words.broken, "error");
    this.last.pop();
    this.review.latest = this.last.at(-1)?.judgment ?? null;
    this.ahead = this.current ?? this.ahead; // the server gave back what was held beyond the person's leases
    const body = await response.json().catch(() => ({}));
    this.dealer.sent.delete(body.assignment ?? last.task.assignment);
    const fresh = new Date(Date.now() + this.config.leaseSeconds * 1000).toISOString();
    this.open({ ...last.task, assignment: body.assignment ?? last.task.assignment, lease_expires_at: fresh }, last.answer);
    this.#count(-1);
    this.showUndo();
    return this.say(this.words.undone, "success");
  }

  // -- what the panels ask for -----------------------------------------------------------------------------------

  skipped(task, reason) {
    return this.#giveUp(task, () => this.api.skip(task.assignment, reason));
  }

  // Others may have it meanwhile; the link at the question takes it up again.
  putAside(task) {
    return this.#giveUp(task, () => this.api.skip(task.assignment, "question"));
  }

  async #giveUp(task, call) {
    if (this.#isGivingUp) return undefined;
    this.#isGivingUp = true;
    const response = await this.dealer.ask(call);
    this.#isGivingUp = false;
    if (!response) return undefined;
    if (!response.ok) return this.say((await response.json().catch(() => ({}))).detail ?? this.words.broken, "error");
    this.say("");
    this.drafts.drop(task.assignment);
    this.current = null;
    this.dealer.advance();
    return this.dealer.deal();
  }

  showUndo() {
    this.root.querySelector("[data-act=undo]").disabled = !this.last.length || this.review.isOpen;
    this.root.querySelector(".label-tools [data-act=skip]").disabled = this.review.isOpen;
    this.review.show();
  }

  // -- words, weather ------------------------------------------------------------------------------------

  showProgress(progress) {
    if (!progress) return;
    this.find("mine").textContent = progress.mine;
    this.find("progress").value = progress.project;
  }

  // Until the server's own count comes with the next task.
  #count(change) {
    const mine = this.find("mine");
    mine.textContent = Math.max(0, Number(mine.textContent) + change);
  }

  say(text, tone = "") {
    const line = this.find("message");
    line.textContent = text;
    line.dataset.tone = tone;
    const opening = this.find("opening"); // stands where the message cannot be seen, as no task is there to answer
    opening.dataset.usual ??= opening.textContent;
    opening.textContent = text || opening.dataset.usual;
  }

  #told(event, detail) {
    const status = this.find("outbox");
    if (event === "waiting") status.textContent = this.words.waiting.replace("{count}", detail.count);
    if (event === "empty") {
      status.textContent = "";
      if (this.root.dataset.state === "sending") setTimeout(() => this.dealer.deal()); // after what the answer itself brought
    }
    if (event === "sent") this.root.dataset.sent = String(Number(this.root.dataset.sent ?? 0) + 1);
    if (event === "sent") this.#count(1);
    if (event === "sent") this.heard = performance.now();
    if (event === "sent") this.panels.signedIn();
    if (event === "sent") this.outcomes.show(detail.body.outcome);
    if (event === "refused") this.dealer.sent.delete(detail.entry.assignment);
    if (event === "refused") this.panels.refused(detail);
    if (event === "signin") this.panels.signIn();
  }
}

const root = document.querySelector("[data-labelling]");
const config = JSON.parse(document.getElementById("label-config").textContent);
const modules = await Promise.all(config.kinds.map((kind) => import(config.modules[kind])));
const page = new Page(root, config, Object.fromEntries(config.kinds.map((kind, index) => [kind, modules[index]])));
page.start();
