// The public API with the browser's session. The same calls that a script would make.

export class Api {
  constructor({ root, workspace, deal }) {
    this.root = root;
    this.workspace = workspace;
    this.deal = deal ?? "next/"; // where tasks come from
  }

  // Resolves to the Response whatever its status; rejects only when the connection fails.
  call(method, path, body) {
    const language = document.documentElement.lang;
    const headers = { Accept: "application/json", "Accept-Language": language, "X-Workspace": this.workspace, "X-CSRFToken": csrfToken() };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    return fetch(this.root + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin" });
  }

  next(project, holding) {
    return this.call("POST", `projects/${project}/${this.deal}?html=1`, { holding });
  }

  standing(project) {
    return this.call("GET", `projects/${project}/standing/`);
  }

  consent(project) {
    return this.call("GET", `projects/${project}/consent/`);
  }

  contest(project, text) {
    return this.call("POST", `projects/${project}/contest/`, { text });
  }

  submit(assignment, body) {
    return this.call("POST", `assignments/${assignment}/submit/?html=1`, body);
  }

  skip(assignment, reason) {
    return this.call("POST", `assignments/${assignment}/skip/`, { reason });
  }

  extend(assignment) {
    return this.call("POST", `assignments/${assignment}/extend/`, {});
  }

  // The task of a judgment of mine, with what I said.
  reviewed(judgment) {
    return this.call("GET", `judgments/${judgment}/task/?html=1`);
  }

  change(judgment, body) {
    return this.call("PATCH", `judgments/${judgment}/`, body);
  }

  reopen(assignment) {
    return this.call("POST", `assignments/${assignment}/reopen/?html=1`, {});
  }

  read(project, version) {
    return this.call("POST", `projects/${project}/readings/`, { version });
  }

  ask(project, assignment, text) {
    return this.call("POST", `projects/${project}/questions/`, { assignment, text });
  }

  unseen(project) {
    return this.call("GET", `projects/${project}/questions/?state=unseen`);
  }

  seen(project) {
    return this.call("POST", `projects/${project}/questions/seen/`, {});
  }

  withdraw(judgment) {
    return this.call("POST", `judgments/${judgment}/withdraw/?html=1`, {});
  }
}

// Read at every call: signing in again in another tab changes it.
function csrfToken() {
  return document.cookie.split("; ").find((part) => part.startsWith("csrftoken="))?.slice("csrftoken=".length) ?? "";
}
