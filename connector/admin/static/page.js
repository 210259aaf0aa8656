// What a browser has to know of the reader: the time zone, files to be dropped, boxes to be ticked, values to be
// put into rules.
(() => {
  "use strict";
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const near = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });

  const told = (moment) => {
    const seconds = (moment - Date.now()) / 1000;
    const size = Math.abs(seconds);
    if (size < 60) return near.format(Math.round(seconds), "second");
    if (size < 3600) return near.format(Math.round(seconds / 60), "minute");
    if (size < 86400) return near.format(Math.round(seconds / 3600), "hour");
    return day.format(moment);
  };

  const localise = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.valueOf())) continue;
      time.textContent = told(moment);
      time.title = day.format(moment);
    }
  };

  const counted = (form) => {
    const all = [...form.querySelectorAll("input[type=checkbox][name=id]")];
    const chosen = all.filter((box) => box.checked).length;
    for (const place of form.querySelectorAll("[data-count]")) place.textContent = chosen;
    for (const button of form.querySelectorAll("[data-needs-choice]")) button.disabled = chosen === 0;
  };

  const ready = (root) => {
    localise(root);
    if (root.id === "rows") choose(document.activeElement);
    for (const one of root.querySelectorAll("details[id]")) one.open = opened.get(one.id) ?? one.open;
    for (const form of document.querySelectorAll("form[data-choice]")) counted(form);
  };

  document.addEventListener("DOMContentLoaded", () => {
    ready(document);
    const menu = document.querySelector("details.menu");
    if (menu && matchMedia("(max-width: 60rem)").matches) menu.open = false;
  });
  // The server says when something moved, and the part that shows it asks for itself. A page that nobody sees
  // listens to nothing; where there is no stream to be had, it asks every few seconds.
  const live = document.querySelector.bind(document, "[data-stream]");
  let stream = null;
  let asking = null;
  const ask = () => htmx.trigger(live(), "moved");
  const listen = () => {
    stream?.close();
    clearInterval(asking);
    if (!live() || document.hidden) return;
    stream = new EventSource(live().dataset.stream);
    stream.addEventListener("moved", ask);
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) asking = setInterval(ask, 5000);
    });
  };
  document.addEventListener("DOMContentLoaded", listen);
  document.addEventListener("visibilitychange", () => {
    listen();
    if (live() && !document.hidden) ask();
  });
  document.addEventListener("htmx:afterSettle", (event) => ready(event.target));
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-choice]");
    if (!form) return;
    if (event.target.matches("[data-all]"))
      for (const box of form.querySelectorAll("input[type=checkbox][name=id]")) box.checked = event.target.checked;
    counted(form);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(() => {
      button.textContent = "Copied";
    });
  });
  // The mapping editor: the rule whose source was looked at last takes the value that is clicked.
  let chosen = "";
  const goes = (says) => {
    for (const place of document.querySelectorAll("[data-goes]")) place.textContent = says;
  };
  const choose = (field) => {
    const is = field.matches("[data-source]");
    chosen = is ? field.name : "";
    goes(is ? `A click on a value makes it the source of ${field.dataset.source}.` : "A click on a value puts it into a new rule.");
  };
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-source]")) choose(event.target);
  });
  const put = (expression, field) => {
    const behind = document.querySelector("[data-behind]")?.checked && field.value;
    const join = field.matches("[data-line]") ? "\n" : " || ";
    field.value = behind ? `${field.value}${join}${expression}` : expression;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const target = document.getElementById(field.dataset.target);
    (target && !target.value ? target : field).focus();
    goes(`${expression} is now the source of ${field.dataset.source}.`);
  };
  document.addEventListener("click", (event) => {
    const offered = event.target.closest("[data-expression]");
    const wanted = event.target.closest("[data-focus]");
    if (wanted) document.getElementById(wanted.dataset.focus)?.focus();
    if (!offered) return;
    const sources = [...document.querySelectorAll("[data-source]")];
    const field = sources.find((one) => one.name === chosen) || sources.find((one) => !one.value && one.dataset.target);
    if (field) put(offered.dataset.expression, field);
  });
  const opened = new Map();
  document.addEventListener("toggle", (event) => { if (event.target.id) opened.set(event.target.id, event.target.open); }, true);
  // Files go one by one, two at a time: each gets its answer, and what was sent is listed after a reload too.
  let sending = 0;
  const give = async (form, file) => {
    const data = new FormData(form);
    data.delete("file");
    data.append("file", file);
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } });
      const away = answer.headers.get("HX-Redirect");
      if (away) {
        sending = 0;
        location.assign(away);
        await new Promise(() => {});
      }
      const text = await answer.text();
      if (answer.ok) return text;
      const row = document.createElement("tr");
      row.innerHTML = `<td></td><td></td><td>${text}</td>`;
      row.firstChild.textContent = file.name;
      return row.outerHTML;
    } catch {
      const row = document.createElement("tr");
      row.innerHTML = "<td></td><td></td><td>It could not be sent: the connection was lost. Choose it again.</td>";
      row.firstChild.textContent = file.name;
      return row.outerHTML;
    }
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-upload]")) return;
    event.preventDefault();
    const files = [...form.querySelector("input[type=file]").files];
    const place = form.parentElement.querySelector("[data-sending]");
    const [says, bar, body] = ["[data-sent]", "progress", "tbody"].map((one) => place.querySelector(one));
    place.hidden = false;
    if (files.length > Number(form.dataset.upload)) {
      says.textContent = `These are ${files.length} files; ${form.dataset.upload} go in one upload.`;
      return;
    }
    const button = form.querySelector("button");
    const waiting = [...files];
    let done = 0;
    let good = 0;
    body.replaceChildren();
    bar.max = files.length;
    bar.value = 0;
    button.disabled = true;
    sending += 1;
    const one = async () => {
      for (let file = waiting.shift(); file; file = waiting.shift()) {
        body.insertAdjacentHTML("afterbegin", await give(form, file));
        const row = body.firstElementChild;
        good += row.dataset.uploadRow === "good" ? 1 : 0;
        bar.value = done += 1;
        says.textContent = `${done} of ${files.length} files were sent.`;
        htmx.process(row);
        localise(row);
      }
    };
    await Promise.all([one(), one()]);
    sending -= 1;
    button.disabled = false;
    form.querySelector("input[type=file]").value = "";
    says.textContent = `${good} of ${files.length} files were taken.`;
  });
  window.addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });
  for (const name of ["dragover", "dragleave", "drop"])
    document.addEventListener(name, (event) => {
      const place = event.target.closest?.("[data-drop]");
      if (!place) return;
      event.preventDefault();
      place.classList.toggle("over", name === "dragover");
      if (name === "drop") place.querySelector("input[type=file]").files = event.dataTransfer.files;
    });
})();
