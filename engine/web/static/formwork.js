// Formwork: small comforts on pages that work without any script. No evaluation of text, nothing stored in the browser.
"use strict";
(() => {
  const composing = (event) => event.isComposing || event.keyCode === 229;

  // The summary of problems takes the focus, so that a reader hears it first.
  document.querySelector("[data-focus]")?.focus();

  // A page that comes back from the browser's memory is a new form: an old key must not stand for new content.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // A form is sent once; the server would recognise a second one by its key, the person need not wait to learn it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-form]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });

  // Lines: add from the template row and remove in place.
  const renumber = (box) => box.querySelectorAll("tbody > tr").forEach((row, index) => {
    row.querySelector("[data-number]").textContent = index + 1;
  });
  const nextIndex = (box) => {
    const taken = [...box.querySelectorAll("tbody > tr")].map((row) => Number(row.dataset.row.split("-").pop()));
    return Math.max(-1, ...taken) + 1;
  };
  const addLine = (box) => {
    const template = box.querySelector("template");
    const row = template.content.firstElementChild.cloneNode(true);
    const from = row.dataset.row, to = `${box.dataset.lines}-${nextIndex(box)}`;
    const change = (text) => text.split(" ").map((part) => part === from || part.startsWith(from + "-") ? to + part.slice(from.length) : part).join(" ");
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const name of ["id", "name", "for", "aria-describedby", "data-row", "value"]) {
        const text = element.getAttribute(name);
        if (text && (name !== "value" || element.name === "_remove")) element.setAttribute(name, change(text));
      }
    }
    box.querySelector("tbody").append(row);
    row.querySelectorAll("[data-day]").forEach(withCalendar);
    const boxes = document.querySelector("[name=_unchecked]");
    if (boxes) boxes.value = [boxes.value, ...[...row.querySelectorAll("[type=checkbox]")].map((input) => input.name)].join(" ").trim();
    renumber(box);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add], [data-remove]");
    if (!button) return;
    const box = button.closest("[data-lines]");
    event.preventDefault();
    if (button.matches("[data-add]")) { addLine(box); return; }
    const row = button.closest("tr");
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    renumber(box);
    workSoon(box.closest("form"));
    (next?.querySelector("[data-remove]") || box.querySelector("[data-add]")).focus();
  });

  // What the server works out while somebody types is put beside the inputs, never into one.
  let turn = 0, waiting = 0;
  const put = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };
  const tell = (name, said) => {
    const place = document.getElementById(name);
    if (!place) return;
    const shown = place.querySelector("[data-shown]"), beside = place.parentElement;
    if (shown) { put(shown, said.shown || shown.dataset.shown); put(place.querySelector("[data-unit]"), said.shown ? said.unit : ""); }
    else { put(beside.querySelector("[data-unit]"), said.unit); }
    const title = beside.querySelector("[data-title]");
    if (title && place !== document.activeElement) put(title, said.shown);
    const box = place.closest("td, .field");
    if (box && !box.contains(document.activeElement)) {
      if (box.matches("td")) box.toggleAttribute("data-hidden", said.hidden); else box.hidden = said.hidden;
    }
  };
  const work = async (form) => {
    const mine = ++turn;
    const sent = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    sent.set("_outputs", "1");
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: sent, headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== turn || !answer?.ok) return;
    const { out } = await answer.json();
    for (const [name, said] of Object.entries(out)) tell(name, said);
  };
  const workSoon = (form) => { clearTimeout(waiting); waiting = setTimeout(() => work(form), 150); };
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-form]") && form.querySelector("[name=_unchecked]")) workSoon(form);
  });

  // Enter inside lines goes down a row, and at the end opens a new one; never while a Chinese word is being composed.
  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.key !== "Enter" || event.defaultPrevented) return;
    const cell = event.target.closest("[data-lines] tbody td");
    if (!cell || !event.target.matches("input")) return;
    event.preventDefault();
    const row = cell.parentElement, box = cell.closest("[data-lines]");
    const column = [...row.children].indexOf(cell);
    if (!row.nextElementSibling) addLine(box);
    row.nextElementSibling?.children[column]?.querySelector("input:not([type=hidden]), select")?.focus();
  });

  // Ctrl+S saves, Ctrl+Enter takes the first action.
  document.addEventListener("keydown", (event) => {
    const form = document.querySelector("[data-form]");
    if (!form || composing(event) || !(event.ctrlKey || event.metaKey)) return;
    const wanted = event.key === "s" ? form.querySelector(".first") : event.key === "Enter" ? form.querySelector(".bar .primary") : null;
    if (wanted) { event.preventDefault(); form.requestSubmit(wanted); }
  });

  // A reference field offers what matches; typing the code by hand stays possible.
  const list = document.createElement("ul");
  list.className = "choices"; list.id = "choices"; list.setAttribute("role", "listbox"); list.hidden = true;
  let field = null, asked = 0, timer = 0, at = -1;
  const close = () => {
    list.hidden = true; at = -1;
    field?.setAttribute("aria-expanded", "false"); field?.removeAttribute("aria-activedescendant");
  };
  const mark = (to) => {
    const items = [...list.querySelectorAll("[role=option]")];
    if (!items.length) return;
    at = (to + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    items[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", items[at].id);
  };
  const take = (item) => {
    field.value = item.dataset.value; close();
    const title = field.parentElement.querySelector("[data-title]");
    if (title && item.textContent !== field.value) title.textContent = item.textContent;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const place = () => {
    const box = field.getBoundingClientRect();
    list.style.left = `${box.left + scrollX}px`;
    list.style.top = `${box.bottom + scrollY + 4}px`;
    list.style.minWidth = `${box.width}px`;
  };
  const ask = async () => {
    const turn = ++asked, typed = field;
    const answer = await fetch(`${typed.dataset.lookup}?q=${encodeURIComponent(typed.value)}`, { headers: { Accept: "application/json" } });
    if (turn !== asked || typed !== field || !answer.ok) return;
    const { options } = await answer.json();
    list.replaceChildren(...options.map((option, index) => {
      const item = document.createElement("li");
      item.id = `choice-${index}`; item.setAttribute("role", "option"); item.setAttribute("aria-selected", "false");
      item.dataset.value = option.id; item.textContent = option.text;
      return item;
    }));
    list.hidden = !options.length; at = -1;
    field.setAttribute("aria-expanded", String(!list.hidden));
    place();
  };
  document.addEventListener("focusin", (event) => {
    if (!event.target.matches("[data-lookup]")) { close(); return; }
    field = event.target;
    field.setAttribute("role", "combobox"); field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "false"); field.setAttribute("aria-controls", "choices");
    if (!list.isConnected) document.body.append(list);
  });
  document.addEventListener("input", (event) => {
    if (event.target !== field || event.isComposing) return;
    const title = field.parentElement.querySelector("[data-title]");
    if (title) title.textContent = "";
    clearTimeout(timer); timer = setTimeout(ask, 150);
  });
  document.addEventListener("compositionend", (event) => { if (event.target === field) { clearTimeout(timer); timer = setTimeout(ask, 150); } });
  document.addEventListener("keydown", (event) => {
    if (event.target !== field || composing(event)) return;
    if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) ask(); else mark(at + 1); }
    else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); mark(at - 1); }
    else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    else if (event.key === "Enter" && !list.hidden && at >= 0) { event.preventDefault(); event.stopImmediatePropagation(); take(list.children[at]); }
  }, true);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) take(item);
  });

  // A day is typed as text; with script there is the browser's calendar beside it.
  const icons = document.querySelector("use")?.getAttribute("href").split("#")[0];
  const withCalendar = (input) => {
    if (input.parentElement.querySelector(".calendar") || !HTMLInputElement.prototype.showPicker) return;
    const button = document.createElement("button");
    button.type = "button"; button.className = "calendar"; button.setAttribute("aria-label", input.dataset.day);
    button.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${icons}#calendar"></use></svg>`;
    input.after(button);
    button.addEventListener("click", () => {
      const day = document.createElement("input");
      day.type = "date"; day.className = "picker"; day.value = input.value; day.setAttribute("aria-label", input.dataset.day);
      button.after(day);
      day.addEventListener("change", () => { input.value = day.value; input.focus(); input.dispatchEvent(new Event("change", { bubbles: true })); });
      day.addEventListener("blur", () => day.remove());
      day.focus(); day.showPicker();
    });
  };
  document.querySelectorAll("[data-day]").forEach(withCalendar);

  // Only one open menu at a time, and Escape closes it.
  document.addEventListener("click", (event) => document.querySelectorAll(".top details[open], .confirm[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector(".top details[open], .confirm[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
})();
