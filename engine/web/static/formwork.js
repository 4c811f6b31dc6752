// Formwork: comforts on pages that work without any script. No evaluation of text, nothing stored in the browser, and
// nothing that the server says is ever written into an input: what somebody types is theirs.
"use strict";
(() => {
  const composing = (event) => event.isComposing || event.keyCode === 229;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const words = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  // One polite voice for readers of the screen.
  const said = document.getElementById("said");
  const say = (text) => { said.textContent = ""; setTimeout(() => { said.textContent = text; }, 50); };

  // The summary of problems takes the focus, so that a reader hears it first; its links go into the inputs. F8: the next one.
  document.querySelector("[data-focus]")?.focus();
  const into = (target) => {
    const input = target?.matches("input, select, textarea") ? target : target?.querySelector("input:not([type=hidden]), select, textarea") || target;
    input?.focus();
    input?.scrollIntoView({ block: "center" });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".summary a");
    if (!link) return;
    event.preventDefault();
    into(document.getElementById(decodeURIComponent(link.hash.slice(1))));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F8") return;
    const wrong = all("[aria-invalid]");
    if (!wrong.length) return;
    event.preventDefault();
    into(wrong[(wrong.indexOf(document.activeElement) + 1) % wrong.length]);
  });

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

  // Filters: empty ones need not stand in the address.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches(".filters")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  // A row of a list opens what it stands for, wherever it is clicked; text in it can still be selected.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-opens]");
    if (!row || event.target.closest("a, button, input, label") || getSelection().toString()) return;
    const link = row.querySelector(".row-link");
    if (event.ctrlKey || event.metaKey) open(link.href); else link.click();
  });

  // ---- lines of a document
  const INPUTS = "input:not([type=hidden]), select, textarea";
  const rowsOf = (box) => all("tbody > tr", box);
  const cellsOf = (row) => all(INPUTS, row).filter((input) => input.closest("td"));
  const renumber = (box) => rowsOf(box).forEach((row, index) => {
    row.querySelector("[data-number]").textContent = index + 1;
    for (const kind of ["copy", "remove"]) {
      const button = row.querySelector(`[data-${kind}]`), text = words(box.dataset[`word${kind[0].toUpperCase()}${kind.slice(1)}`], { number: index + 1 });
      button.setAttribute("aria-label", text); button.title = text;
    }
  });
  const addLine = (box) => {
    const row = box.querySelector("template").content.firstElementChild.cloneNode(true);
    const taken = rowsOf(box).map((each) => Number(each.dataset.row.split("-").pop()));
    const from = row.dataset.row, to = `${box.dataset.lines}-${Math.max(-1, ...taken) + 1}`;
    const change = (text) => text.split(" ").map((part) => part === from || part.startsWith(from + "-") ? to + part.slice(from.length) : part).join(" ");
    for (const element of [row, ...all("*", row)]) {
      for (const name of ["id", "name", "for", "aria-describedby", "data-row", "value"]) {
        const text = element.getAttribute(name);
        if (text && (name !== "value" || element.matches("[name^=_]"))) element.setAttribute(name, change(text));
      }
    }
    box.querySelector("tbody").append(row);
    all("[data-day]", row).forEach(withCalendar);
    const boxes = document.querySelector("[name=_unchecked]");
    if (boxes) boxes.value = [boxes.value, ...all("[type=checkbox]", row).map((input) => input.name)].join(" ").trim();
    renumber(box);
    say(words(box.dataset.wordLine, { number: rowsOf(box).length }));
    return row;
  };
  const put = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };
  const fill = (to, from) => {
    if (to.type === "checkbox") to.checked = from.checked; else to.value = from.value;
    put(to.parentElement.querySelector("[data-title]"), from.parentElement.querySelector("[data-title]")?.textContent || "");
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add], [data-copy], [data-remove]");
    if (!button) return;
    const box = button.closest("[data-lines]"), row = button.closest("tr");
    event.preventDefault();
    if (button.matches("[data-remove]")) {
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      renumber(box);
      (next?.querySelector("[data-remove]") || box.querySelector("[data-add]")).focus();
    } else {
      const made = addLine(box);
      if (row) cellsOf(made).forEach((input, index) => fill(input, cellsOf(row)[index]));
      cellsOf(made)[0]?.focus();
    }
    workSoon(box.closest("form"));
  });

  // Enter goes down a row and opens a new one at the end; Tab at the very end opens one, too, unless the last row is
  // empty (so that Tab always leads out); Ctrl+D copies the cell above. Never while a Chinese word is being composed.
  document.addEventListener("keydown", (event) => {
    const input = event.target, cell = input.closest?.("[data-lines] tbody td");
    if (composing(event) || event.defaultPrevented || !cell || !input.matches(INPUTS)) return;
    const row = cell.parentElement, box = cell.closest("[data-lines]"), index = cellsOf(row).indexOf(input);
    const down = row.nextElementSibling, up = row.previousElementSibling;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.altKey && input.matches("input")) {
      event.preventDefault();
      const to = event.shiftKey ? up : down || addLine(box);
      const next = to && cellsOf(to)[index];
      next?.focus(); next?.select?.();
    } else if (event.key === "Tab" && !event.shiftKey && !down && index === cellsOf(row).length - 1) {
      if (cellsOf(row).every((each) => each.type === "checkbox" ? !each.checked : !each.value)) return;
      event.preventDefault();
      cellsOf(addLine(box))[0].focus();
    } else if (event.key.toLowerCase() === "d" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      if (!up) return;
      fill(input, cellsOf(up)[index]);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  // A block from a spreadsheet fills the cells to the right and below; one click takes it back.
  const text = (input, typed) => {
    const wanted = typed.trim();
    if (input.type === "checkbox") { input.checked = /^(1|true|yes|y|是|√|✓)$/i.test(wanted); return; }
    if (!input.matches("select")) { input.value = wanted; put(input.parentElement.querySelector("[data-title]"), ""); return; }
    const found = [...input.options].find((option) => option.value === wanted || option.text === wanted);
    if (found) input.value = found.value;
  };
  document.addEventListener("paste", (event) => {
    const input = event.target, row = input.closest?.("[data-lines] tbody tr");
    const pasted = event.clipboardData?.getData("text/plain") || "";
    const block = pasted.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    if (!row || !input.matches(INPUTS) || (block.length < 2 && block[0].length < 2)) return;
    event.preventDefault();
    const box = row.closest("[data-lines]"), start = cellsOf(row).indexOf(input);
    const before = [], made = [];
    let at = row;
    for (const values of block) {
      if (!at) made.push(at = addLine(box));
      cellsOf(at).slice(start, start + values.length).forEach((cell, index) => {
        const copy = cell.cloneNode(true); copy.value = cell.value; copy.checked = cell.checked;
        before.push([cell, copy, cell.parentElement.querySelector("[data-title]")?.textContent || ""]);
        text(cell, values[index]);
      });
      at = at.nextElementSibling;
    }
    const keys = box.querySelector(".keys"), undo = document.createElement("button"), usual = [...keys.childNodes];
    const told = words(box.dataset.wordPasted, { count: block.length });
    undo.type = "button"; undo.textContent = box.dataset.wordUndo;
    undo.addEventListener("click", () => {
      for (const [cell, copy, title] of before) {
        cell.value = copy.value; cell.checked = copy.checked;
        put(cell.parentElement.querySelector("[data-title]"), title);
      }
      made.forEach((each) => each.remove());
      renumber(box); keys.replaceChildren(...usual); input.focus(); workSoon(box.closest("form"));
    });
    keys.replaceChildren(told, " ", undo);
    say(told);
    workSoon(box.closest("form"));
  });
  all(".keys").forEach((keys) => { keys.hidden = false; });

  // ---- what the server works out while somebody types is put beside the inputs, never into one
  let turn = 0, waiting = 0;
  const tell = (name, answer) => {
    const place = document.getElementById(name);
    if (!place) return;
    const shown = place.querySelector("[data-shown]"), beside = place.parentElement;
    if (shown) { put(shown, answer.shown || shown.dataset.shown); put(place.querySelector("[data-unit]"), answer.shown ? answer.unit : ""); }
    else { put(beside.querySelector("[data-unit]"), answer.unit); }
    const title = beside.querySelector("[data-title]");
    if (title && place !== document.activeElement) put(title, answer.shown);
    const box = place.closest("td, .field");
    if (box && !box.contains(document.activeElement)) {
      if (box.matches("td")) box.toggleAttribute("data-hidden", answer.hidden); else box.hidden = answer.hidden;
    }
  };
  const columns = (box) => all("thead th", box).forEach((head, at) => {
    const cells = rowsOf(box).map((row) => row.children[at]);
    const gone = cells.length > 0 && cells.every((cell) => cell?.hasAttribute("data-hidden"));
    if (gone !== head.hidden) [head, ...cells].forEach((cell) => { cell.hidden = gone; });
  });
  const work = async (form) => {
    const mine = ++turn;
    const sent = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    sent.set("_outputs", "1");
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: sent, headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== turn || !answer?.ok) return;
    const { out } = await answer.json();
    if (mine !== turn) return;
    for (const [name, each] of Object.entries(out)) tell(name, each);
    all("[data-lines]", form).forEach(columns);
  };
  const workSoon = (form, wait = 150) => { clearTimeout(waiting); waiting = setTimeout(() => work(form), wait); };
  const isWorked = (form) => form?.matches("[data-form]") && form.querySelector("[name=_unchecked]");
  document.addEventListener("change", (event) => { if (isWorked(event.target.form)) workSoon(event.target.form); });
  document.addEventListener("input", (event) => { if (!event.isComposing && isWorked(event.target.form)) workSoon(event.target.form, 300); });

  // Ctrl+S saves, Ctrl+Enter takes the first action, Ctrl+K goes to the search.
  document.addEventListener("keydown", (event) => {
    if (composing(event) || !(event.ctrlKey || event.metaKey)) return;
    const form = document.querySelector("[data-form]"), search = document.getElementById("q");
    if (event.key === "k" && search) { event.preventDefault(); search.focus(); search.select(); return; }
    const wanted = event.key === "s" ? form?.querySelector(".first") : event.key === "Enter" ? form?.querySelector(".bar .primary") : null;
    if (wanted) { event.preventDefault(); form.requestSubmit(wanted); }
  });

  // ---- a reference field offers what matches; typing the code by hand stays possible
  const list = document.createElement("ul");
  list.className = "choices"; list.id = "choices"; list.setAttribute("role", "listbox"); list.hidden = true;
  let field = null, asked = 0, timer = 0, at = -1;
  const close = () => {
    list.hidden = true; at = -1; asked += 1; clearTimeout(timer);
    field?.setAttribute("aria-expanded", "false"); field?.removeAttribute("aria-activedescendant");
  };
  const mark = (to) => {
    const items = all("[role=option]", list);
    if (!items.length) return;
    at = (to + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    items[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", items[at].id);
  };
  const take = (item) => {
    field.value = item.dataset.value; close();
    const title = item.textContent.startsWith(`${field.value} `) ? item.textContent.slice(field.value.length + 1) : item.textContent;
    put(field.parentElement.querySelector("[data-title]"), title === field.value ? "" : title);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const place = () => {
    const box = (field.closest(".reference") || field).getBoundingClientRect(), height = list.offsetHeight;
    const above = box.bottom + height + 72 > innerHeight && box.top > height;
    list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8)) + scrollX}px`;
    list.style.top = `${(above ? box.top - height - 4 : box.bottom + 4) + scrollY}px`;
    list.style.minWidth = `${box.width}px`;
  };
  const ask = async () => {
    const mine = ++asked, typed = field;
    const answer = await fetch(`${typed.dataset.lookup}?q=${encodeURIComponent(typed.value)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== asked || typed !== document.activeElement || !answer?.ok) return;
    const { options } = await answer.json();
    if (mine !== asked || typed !== document.activeElement) return;
    list.setAttribute("aria-label", document.querySelector(`label[for="${typed.id}"]`)?.textContent || "");
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
  const askSoon = () => { clearTimeout(timer); timer = setTimeout(ask, 150); };
  document.addEventListener("focusin", (event) => {
    if (event.target === field) return;
    close();
    if (!event.target.matches("[data-lookup]")) { field = null; return; }
    field = event.target;
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", "choices"]]) field.setAttribute(name, value);
    if (!list.isConnected) document.body.append(list);
  });
  document.addEventListener("click", (event) => { if (event.target === field && list.hidden && !field.value) askSoon(); });
  document.addEventListener("input", (event) => {
    if (event.target !== field || event.isComposing) return;
    put(field.parentElement.querySelector("[data-title]"), "");
    askSoon();
  });
  document.addEventListener("compositionend", (event) => { if (event.target === field) askSoon(); });
  document.addEventListener("keydown", (event) => {
    if (event.target !== field || composing(event)) return;
    if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) ask(); else mark(at + 1); }
    else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); mark(at < 0 ? -1 : at - 1); }
    else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); event.stopPropagation(); close(); }
    else if (event.key === "Enter" && !list.hidden && at >= 0) { event.preventDefault(); event.stopImmediatePropagation(); take(list.children[at]); }
    else if (event.key === "Tab" && !list.hidden && at >= 0) take(list.children[at]);
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
    button.type = "button"; button.className = "calendar"; button.tabIndex = -1; button.setAttribute("aria-label", input.dataset.day);
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
  all("[data-day]").forEach(withCalendar);

  // Paper.
  all("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => print()); });

  // Only one open menu at a time, and Escape closes it.
  const MENUS = ".top details[open], .confirm[open], .pick[open]";
  document.addEventListener("click", (event) => all(MENUS).forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(MENUS);
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
})();
