// What a page does besides: copying, and what is new without loading it again. Every page works
// without this script.
"use strict";

// Buttons that copy are shown only where they work.
function showCopyButtons(within) {
  for (const button of within.querySelectorAll("[data-copy]")) {
    button.hidden = false;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.dataset.label ?? button.innerHTML;
  button.dataset.label = label;
  let words = "Copied";
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    words = "Not allowed to copy";
  }
  button.textContent = words;
  announce(words);
  setTimeout(() => { button.innerHTML = label; }, 2000);
});

// Says something to those who do not see it.
function announce(words) {
  let region = document.getElementById("announcements");
  if (!region) {
    region = document.createElement("p");
    region.id = "announcements";
    region.className = "hidden";
    region.setAttribute("role", "status");
    document.querySelector("main").append(region);
  }
  region.textContent = words;
}

// Parts with data-live are replaced by the same parts of the page as it is now. The focus stays where
// it is; a part that has lost what is focused waits until it is left.
async function refresh() {
  const address = new URL(location.href);
  address.searchParams.delete("notice");
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!now) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const same = focused && sameControl(now, focused);
    if (focused && !same) {
      focused.addEventListener("blur", refresh, { once: true });
      continue;
    }
    part.replaceWith(document.adoptNode(now));
    showCopyButtons(now);
    same?.focus({ preventScroll: true });
  }
}

// What stands for a control in a newer copy of its part.
function sameControl(within, control) {
  const key = (it) => it.dataset.copy ?? it.getAttribute("href") ?? it.getAttribute("aria-label") ?? it.textContent;
  return [...within.querySelectorAll(control.localName)].find((it) => key(it) === key(control));
}

const live = document.querySelector("[data-live-source]");
if (live) {
  let version = live.dataset.liveVersion;
  const source = new EventSource(live.dataset.liveSource);
  source.addEventListener("changed", (event) => {
    if (event.data === version) return;
    version = event.data;
    refresh();
  });
}

// New events come in at the top of their table.
const events = document.querySelector("[data-events]");
if (events) {
  const address = new URL(events.dataset.events, location.href);
  address.searchParams.set("after", events.dataset.after);
  const source = new EventSource(address);
  const seen = new Set();
  source.addEventListener("event", (event) => {
    if (seen.has(event.lastEventId)) return;
    seen.add(event.lastEventId);
    const template = document.createElement("template");
    template.innerHTML = event.data;
    const row = template.content.firstElementChild;
    row.classList.add("new");
    events.tBodies[0].prepend(row);
    document.getElementById("no-events")?.remove();
    document.getElementById("new-events").textContent = `New event: ${row.querySelector("th").textContent}`;
  });
}

showCopyButtons(document);
